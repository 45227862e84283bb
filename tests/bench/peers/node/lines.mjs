// A driver is told what to do in lines of JSON, one after the other, and answers each with one line.
import { createInterface } from 'node:readline';

// Whatever the packages have to say, standard output is for answers.
console.log = console.info = console.debug = console.error;

export async function serve(commands) {
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    let answer;
    try {
      answer = (await commands[command.do](command)) ?? {};
    } catch (error) {
      answer = { error: String(error?.stack ?? error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// An edit lies in the household's answers or in those of one of its members.
export const part = (document, edit) =>
  edit.person ? document.members[edit.person] : document.answers;
