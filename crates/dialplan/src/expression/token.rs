//! The words of an expression.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Plus,
    Minus,
    Times,
    Over,
    Modulo,
    Anchored,
    Matches,
    Join,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Digits, with or without a fraction.
    Number(String),
    /// Any other word, or a quoted text with its quotes.
    Word(String),
    Operator(Operator),
    Not,
    Question,
    Colons,
    Comma,
    Open,
    Close,
}

impl Token {
    pub(super) fn begins_operand(&self) -> bool {
        matches!(
            self,
            Token::Number(_) | Token::Word(_) | Token::Not | Token::Open | Token::Operator(Operator::Minus)
        )
    }
}

/// Cuts an expression into tokens. Characters that no token begins with are passed over, as Asterisk does.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, length) = next(rest, first);
        tokens.extend(token);
        rest = &rest[length..];
    }
    tokens
}

const SYMBOLS: [(&str, Token); 24] = [
    ("||", Token::Operator(Operator::Or)),
    ("&&", Token::Operator(Operator::And)),
    ("==", Token::Operator(Operator::Equal)),
    ("=~", Token::Operator(Operator::Matches)),
    ("~~", Token::Operator(Operator::Join)),
    (">=", Token::Operator(Operator::GreaterOrEqual)),
    ("<=", Token::Operator(Operator::LessOrEqual)),
    ("!=", Token::Operator(Operator::NotEqual)),
    ("::", Token::Colons),
    ("|", Token::Operator(Operator::Or)),
    ("&", Token::Operator(Operator::And)),
    ("=", Token::Operator(Operator::Equal)),
    (">", Token::Operator(Operator::Greater)),
    ("<", Token::Operator(Operator::Less)),
    ("+", Token::Operator(Operator::Plus)),
    ("-", Token::Operator(Operator::Minus)),
    ("*", Token::Operator(Operator::Times)),
    ("/", Token::Operator(Operator::Over)),
    ("%", Token::Operator(Operator::Modulo)),
    (":", Token::Operator(Operator::Anchored)),
    ("?", Token::Question),
    ("!", Token::Not),
    (",", Token::Comma),
    ("(", Token::Open),
];

fn next(rest: &str, first: char) -> (Option<Token>, usize) {
    if let Some((symbol, token)) = SYMBOLS.iter().find(|(symbol, _)| rest.starts_with(symbol)) {
        return (Some(token.clone()), symbol.len());
    }
    if first == ')' {
        return (Some(Token::Close), 1);
    }
    if first == '"'
        && let Some(end) = rest[1..].find('"')
    {
        return (Some(Token::Word(rest[..end + 2].to_owned())), end + 2);
    }
    let number = number_length(rest);
    let word = word_length(rest);
    if word > number {
        return (Some(Token::Word(rest[..word].to_owned())), word);
    }
    if number > 0 {
        return (Some(Token::Number(rest[..number].to_owned())), number);
    }
    (None, first.len_utf8())
}

fn number_length(rest: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(rest);
    match rest[whole..].strip_prefix('.').map(digits) {
        Some(fraction) if whole > 0 && fraction > 0 => whole + 1 + fraction,
        Some(_) | None => whole,
    }
}

fn word_length(rest: &str) -> usize {
    let mut length = 0;
    while let Some(c) = rest[length..].chars().next() {
        let following = rest[length + c.len_utf8()..].chars().next();
        length += match (c, following) {
            // A dollar takes the next character with it, whatever that is.
            ('$', Some('{')) | ('$', None) => break,
            ('$', Some(next)) => 1 + next.len_utf8(),
            _ if c.is_ascii_alphanumeric() || ".';\\_^#@".contains(c) || !c.is_ascii() => c.len_utf8(),
            _ => break,
        };
    }
    length
}
