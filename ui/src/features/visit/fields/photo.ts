/** Largest file that the core takes, bytes before encoding. */
export const LARGEST = 25 * 1024 * 1024;

/** The file's bytes in base64, without the `data:` head. Rejects if the file cannot be read. */
export function toBase64(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^data:[^,]*,/, ''));
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'));
    reader.readAsDataURL(file);
  });
}
