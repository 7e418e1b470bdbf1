# Reads a file of settings as compose reads it: quotes, `export`, comments, $$, ${X:-default}, CRLF, a byte order mark.
# Usage: LC_ALL=C awk -v want=NAME -f env-file.awk .env    prints its value, and fails where it is not set
#        LC_ALL=C awk -v want= -f env-file.awk .env        prints the line of each variable that is used and not set
# The environment wins over the file, as in compose. tests/support/builders/env-files.ts holds it to what compose itself says.

{ text = text $0 "\n" }

END {
	if (substr(text, 1, 3) == "\357\273\277") text = substr(text, 4)
	at = 1
	line = 1
	while (next_statement()) read_statement()
	if (want == "") exit 0
	if (!(want in values)) exit 1
	printf "%s\n", values[want]
}

function peek() { return substr(text, at, 1) }
function is_blank(sign) { return sign == " " || sign == "\t" || sign == "\r" || sign == "\v" || sign == "\f" }
function step() {
	if (peek() == "\n") line++
	at++
}
function skip_blanks() { while (is_blank(peek())) step() }
# Up to the end of the line, without it.
function rest_of_line(from) {
	from = at
	while (at <= length(text) && peek() != "\n") at++
	return substr(text, from, at - from)
}

function next_statement() {
	while (at <= length(text)) {
		if (peek() == "#") rest_of_line()
		else if (is_blank(peek()) || peek() == "\n") step()
		else return 1
	}
	return 0
}

function read_statement(name) {
	name = read_name()
	if (name == "") return
	skip_blanks()
	values[name] = (peek() == "\"" || peek() == "'") ? read_quoted(peek()) : read_plain()
}

# One without a sign behind it is taken from the environment, where it is anyway.
function read_name(from, name) {
	from = at
	while (at <= length(text) && peek() != "=" && peek() != ":" && peek() != "\n") at++
	name = substr(text, from, at - from)
	if (peek() != "=" && peek() != ":") return ""
	at++
	sub(/^export[ \t]+/, "", name)
	sub(/[ \t\r]+$/, "", name)
	return name
}

function read_plain(value) {
	value = rest_of_line()
	if (match(value, / #/)) value = substr(value, 1, RSTART - 1)
	sub(/[ \t\r\v\f]+$/, "", value)
	return expanded(value)
}

function read_quoted(quote, value, sign) {
	step()
	value = ""
	while (at <= length(text) && (sign = peek()) != quote) {
		if (sign == "\\") {
			value = value sign
			step()
		}
		value = value peek()
		step()
	}
	step()
	if (quote == "'") {
		gsub(/\\'/, "'", value)
		return value
	}
	return expanded(unescaped(value))
}

# A dollar that is escaped stays one, marked until it has been passed by.
function unescaped(value, result, i, sign) {
	result = ""
	for (i = 1; i <= length(value); i++) {
		sign = substr(value, i, 1)
		if (sign != "\\") {
			result = result sign
			continue
		}
		sign = substr(value, ++i, 1)
		if (sign == "n") result = result "\n"
		else if (sign == "r") result = result "\r"
		else if (sign == "t") result = result "\t"
		else if (sign == "$") result = result "$$"
		else if (sign == "\"" || sign == "\\") result = result sign
		else result = result "\\" sign
	}
	return result
}

function expanded(value, result, i, sign, name, end) {
	result = ""
	for (i = 1; i <= length(value); i++) {
		sign = substr(value, i, 1)
		if (sign != "$") {
			result = result sign
			continue
		}
		sign = substr(value, i + 1, 1)
		if (sign == "$") {
			result = result "$"
			i++
		} else if (sign == "{" && (end = closing(value, i + 1)) > 0) {
			result = result substituted(substr(value, i + 2, end - i - 2))
			i = end
		} else if (sign ~ /[A-Za-z_]/) {
			name = substr(value, i + 1)
			match(name, /^[A-Za-z_][A-Za-z0-9_]*/)
			name = substr(name, 1, RLENGTH)
			result = result looked_up(name)
			i += length(name)
		} else result = result "$"
	}
	return result
}

# The brace that closes the one at this place, or 0.
function closing(value, from, depth, i, sign) {
	depth = 0
	for (i = from; i <= length(value); i++) {
		sign = substr(value, i, 1)
		if (sign == "{") depth++
		if (sign == "}" && --depth == 0) return i
	}
	return 0
}

# What is between the braces: NAME, NAME:-default, NAME-default, NAME:+other, NAME+other, NAME:?error, NAME?error.
function substituted(inside, name, rest, how, set, full) {
	match(inside, /^[A-Za-z_][A-Za-z0-9_]*/)
	if (RLENGTH < 1) return ""
	name = substr(inside, 1, RLENGTH)
	rest = substr(inside, RLENGTH + 1)
	if (rest == "") return looked_up(name)
	set = is_set(name)
	full = set
	if (substr(rest, 1, 1) == ":") {
		full = set && value_of(name) != ""
		rest = substr(rest, 2)
	}
	how = substr(rest, 1, 1)
	rest = substr(rest, 2)
	if (how == "+") return full ? expanded(rest) : ""
	if (how == "-") return full ? value_of(name) : expanded(rest)
	return value_of(name)
}

function is_set(name) { return name in ENVIRON || name in values }
function value_of(name) { return name in ENVIRON ? ENVIRON[name] : values[name] }
function looked_up(name) {
	if (is_set(name)) return value_of(name)
	if (want == "") print line
	return ""
}
