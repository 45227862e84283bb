//! Tokens to a tree, by precedence climbing.

use super::lexer::{Token, tokens};
use super::{Ast, Op, PathStart, Step, SyntaxError};

/// Deepest nesting of parentheses, calls and predicates. Deeper ones are refused, so that reading,
/// resolving and evaluating can recurse on any thread's stack.
const MAX_DEPTH: u32 = 100;

/// Reads a whole expression.
pub(crate) fn parse(text: &str) -> Result<Ast, SyntaxError> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
    };
    if parser.tokens.is_empty() {
        return Err(error("the expression is empty."));
    }
    let ast = parser.expression(1)?;
    match parser.peek() {
        None => Ok(ast),
        Some(token) => Err(error(format!("{} is not expected here.", show(token)))),
    }
}

fn error(message: impl Into<String>) -> SyntaxError {
    SyntaxError {
        message: message.into(),
    }
}

fn show(token: &Token) -> String {
    match token {
        Token::Number(n) => format!("'{n}'"),
        Token::Text(t) => format!("the text '{t}'"),
        Token::Name(n) => format!("'{n}'"),
        Token::Reference(n) => format!("'${{{n}}}'"),
        Token::LastSaved(n) => format!("'${{last-saved#{n}}}'"),
        Token::Sign(s) => format!("'{s}'"),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Infix {
    Or,
    And,
    Op(Op),
    Union,
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn peek_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(s)) if *s == sign)
    }

    fn sign_after(&self, sign: &str) -> bool {
        matches!(self.tokens.get(self.at + 1), Some(Token::Sign(s)) if *s == sign)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.peek_sign(sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), SyntaxError> {
        if self.take_sign(sign) {
            return Ok(());
        }
        Err(match self.peek() {
            Some(token) => error(format!("'{sign}' is expected before {}.", show(token))),
            None => error(format!("'{sign}' is missing at the end.")),
        })
    }

    fn infix(&self) -> Option<(Infix, u8)> {
        Some(match self.peek()? {
            Token::Name(n) => match n.as_str() {
                "or" => (Infix::Or, 1),
                "and" => (Infix::And, 2),
                "div" => (Infix::Op(Op::Div), 6),
                "mod" => (Infix::Op(Op::Mod), 6),
                _ => return None,
            },
            Token::Sign(s) => match *s {
                "=" => (Infix::Op(Op::Eq), 3),
                "!=" => (Infix::Op(Op::Ne), 3),
                "<" => (Infix::Op(Op::Lt), 4),
                "<=" => (Infix::Op(Op::Le), 4),
                ">" => (Infix::Op(Op::Gt), 4),
                ">=" => (Infix::Op(Op::Ge), 4),
                "+" => (Infix::Op(Op::Add), 5),
                "-" => (Infix::Op(Op::Sub), 5),
                "*" => (Infix::Op(Op::Mul), 6),
                "|" => (Infix::Union, 8),
                _ => return None,
            },
            _ => return None,
        })
    }

    fn expression(&mut self, least: u8) -> Result<Ast, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(error("the expression is nested too deeply."));
        }
        let mut left = self.unary()?;
        while let Some((infix, precedence)) = self.infix() {
            if precedence < least {
                break;
            }
            self.at += 1;
            let right = self.expression(precedence + 1)?;
            left = join(left, infix, precedence, right);
        }
        self.depth -= 1;
        Ok(left)
    }

    fn unary(&mut self) -> Result<Ast, SyntaxError> {
        let mut negative = false;
        let mut any = false;
        while self.take_sign("-") {
            negative = !negative;
            any = true;
        }
        if !any {
            return self.primary();
        }
        // The union binds tighter than the minus; nothing else does.
        let operand = self.expression(8)?;
        Ok(if negative {
            Ast::Neg(Box::new(operand))
        } else {
            Ast::Neg(Box::new(Ast::Neg(Box::new(operand))))
        })
    }

    fn primary(&mut self) -> Result<Ast, SyntaxError> {
        let Some(token) = self.peek().cloned() else {
            return Err(error("the expression ends too early."));
        };
        let start = match token {
            Token::Number(n) => {
                self.at += 1;
                return Ok(Ast::Number(n));
            }
            Token::Text(t) => {
                self.at += 1;
                return Ok(Ast::Text(t));
            }
            Token::Reference(name) => {
                self.at += 1;
                PathStart::Reference(name)
            }
            Token::LastSaved(name) => {
                self.at += 1;
                PathStart::LastSaved(name)
            }
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.expression(1)?;
                self.expect(")")?;
                if !self.peek_sign("[") && !self.peek_sign("/") {
                    return Ok(inner);
                }
                PathStart::Expr(Box::new(inner))
            }
            Token::Name(name) if self.sign_after("(") => {
                self.at += 2;
                let args = self.arguments()?;
                let call = Ast::Call(name, args);
                if !self.peek_sign("[") && !self.peek_sign("/") {
                    return Ok(call);
                }
                PathStart::Expr(Box::new(call))
            }
            Token::Sign("/") => {
                self.at += 1;
                let mut steps = Vec::new();
                if matches!(self.peek(), Some(Token::Name(_) | Token::Sign("*" | "@"))) {
                    self.step(&mut steps)?;
                    self.steps(&mut steps)?;
                }
                return Ok(Ast::Path(PathStart::Root, steps));
            }
            Token::Name(_) | Token::Sign("." | ".." | "*" | "@") => {
                let mut steps = Vec::new();
                self.step(&mut steps)?;
                self.steps(&mut steps)?;
                return Ok(Ast::Path(PathStart::Context, steps));
            }
            Token::Sign("//") => return Err(error("'//' is not supported: write the whole path.")),
            other => return Err(error(format!("{} is not expected here.", show(&other)))),
        };
        let mut steps = Vec::new();
        self.steps(&mut steps)?;
        Ok(Ast::Path(start, steps))
    }

    fn arguments(&mut self) -> Result<Vec<Ast>, SyntaxError> {
        let mut args = Vec::new();
        if self.take_sign(")") {
            return Ok(args);
        }
        loop {
            args.push(self.expression(1)?);
            if self.take_sign(")") {
                return Ok(args);
            }
            if self.peek().is_none() {
                return Err(error("')' is missing at the end."));
            }
            self.expect(",")?;
        }
    }

    /// What follows a first step: predicates, and `/` with further steps.
    fn steps(&mut self, steps: &mut Vec<Step>) -> Result<(), SyntaxError> {
        loop {
            if self.take_sign("[") {
                let inner = self.expression(1)?;
                self.expect("]")?;
                steps.push(Step::Predicate(inner));
            } else if self.take_sign("/") {
                self.step(steps)?;
            } else if self.peek_sign("//") {
                return Err(error("'//' is not supported: write the whole path."));
            } else {
                return Ok(());
            }
        }
    }

    fn step(&mut self, steps: &mut Vec<Step>) -> Result<(), SyntaxError> {
        let Some(token) = self.peek().cloned() else {
            return Err(error("the path ends with '/'."));
        };
        self.at += 1;
        let step = match token {
            Token::Sign(".") => Step::SelfNode,
            Token::Sign("..") => Step::Parent,
            Token::Sign("*") => Step::AnyChild,
            Token::Sign("@") => match self.peek().cloned() {
                Some(Token::Name(name)) => {
                    self.at += 1;
                    Step::Attribute(name)
                }
                _ => return Err(error("'@' needs a name.")),
            },
            Token::Name(axis) if self.peek_sign("::") => {
                self.at += 1;
                return self.axis(&axis, steps);
            }
            Token::Name(name) if self.peek_sign("(") => {
                return Err(error(format!(
                    "'{name}()' cannot be a step of a path; a step is a name, '*', '.', '..' or '@name'."
                )));
            }
            Token::Name(name) => Step::Child(name),
            other => return Err(error(format!("{} is not a step of a path.", show(&other)))),
        };
        steps.push(step);
        Ok(())
    }

    fn axis(&mut self, axis: &str, steps: &mut Vec<Step>) -> Result<(), SyntaxError> {
        let name = match self.peek().cloned() {
            Some(Token::Name(name)) => Some(name),
            Some(Token::Sign("*")) => None,
            _ => return Err(error(format!("'{axis}::' needs a name."))),
        };
        self.at += 1;
        let any_node = name.as_deref() == Some("node") && self.take_sign("(");
        if any_node {
            self.expect(")")?;
        }
        steps.push(match (axis, name) {
            ("self", _) if any_node => Step::SelfNode,
            ("parent", _) if any_node => Step::Parent,
            ("child", None) => Step::AnyChild,
            ("child", Some(_)) if any_node => Step::AnyChild,
            ("child", Some(name)) => Step::Child(name),
            ("attribute", Some(name)) if !any_node => Step::Attribute(name),
            _ => {
                return Err(error(format!(
                    "the axis '{axis}::' is not supported; 'child::', 'attribute::', 'parent::node()' and 'self::node()' are."
                )));
            }
        });
        Ok(())
    }
}

fn join(left: Ast, infix: Infix, precedence: u8, right: Ast) -> Ast {
    match (infix, left) {
        (Infix::Or, Ast::Or(mut all)) => {
            all.push(right);
            Ast::Or(all)
        }
        (Infix::Or, left) => Ast::Or(vec![left, right]),
        (Infix::And, Ast::And(mut all)) => {
            all.push(right);
            Ast::And(all)
        }
        (Infix::And, left) => Ast::And(vec![left, right]),
        (Infix::Union, Ast::Union(mut all)) => {
            all.push(right);
            Ast::Union(all)
        }
        (Infix::Union, left) => Ast::Union(vec![left, right]),
        (Infix::Op(op), Ast::Chain(first, mut rest))
            if rest
                .last()
                .is_some_and(|(o, _)| precedence_of(*o) == precedence) =>
        {
            rest.push((op, right));
            Ast::Chain(first, rest)
        }
        (Infix::Op(op), left) => Ast::Chain(Box::new(left), vec![(op, right)]),
    }
}

fn precedence_of(op: Op) -> u8 {
    match op {
        Op::Eq | Op::Ne => 3,
        Op::Lt | Op::Le | Op::Gt | Op::Ge => 4,
        Op::Add | Op::Sub => 5,
        Op::Mul | Op::Div | Op::Mod => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_bind_as_xpath_says() {
        // XPath 1.0 section 3.5: 1 + 2 * 3 is 1 + (2 * 3).
        assert_eq!(
            parse("1 + 2 * 3").unwrap(),
            Ast::Chain(
                Box::new(Ast::Number(1.0)),
                vec![(
                    Op::Add,
                    Ast::Chain(
                        Box::new(Ast::Number(2.0)),
                        vec![(Op::Mul, Ast::Number(3.0))]
                    )
                )]
            )
        );
    }

    #[test]
    fn a_hyphen_inside_a_name_belongs_to_the_name() {
        assert_eq!(
            parse("a-b").unwrap(),
            Ast::Path(PathStart::Context, vec![Step::Child("a-b".into())])
        );
    }

    #[test]
    fn ten_thousand_terms_are_not_a_deep_tree() {
        let long = vec!["1"; 10_000].join(" + ");
        assert!(matches!(parse(&long).unwrap(), Ast::Chain(_, rest) if rest.len() == 9_999));
    }

    #[test]
    fn a_thousand_parentheses_are_refused_without_a_crash() {
        let deep = format!("{}1{}", "(".repeat(1000), ")".repeat(1000));
        assert!(parse(&deep).unwrap_err().message.contains("too deeply"));
        assert!(parse(&"-".repeat(30_000)).is_err());
    }

    #[test]
    fn malformed_references_and_quotes_are_named() {
        for (text, part) in [
            ("${age", "no closing brace"),
            ("$(age) > 1", "${name}"),
            ("${} = 1", "not a reference"),
            ("'abc", "closing quote"),
            ("1 +", "ends too early"),
            ("(1", "')' is missing"),
            ("a b", "'b' is not expected"),
            ("//a", "'//'"),
            ("a//b", "'//'"),
            ("following::a", "axis"),
            ("descendant::a", "axis"),
            ("attribute::node()", "axis"),
            ("@*", "'@' needs a name"),
            ("a/text()", "'text()'"),
            ("if(1,2", "')' is missing"),
        ] {
            let message = parse(text).unwrap_err().message;
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
