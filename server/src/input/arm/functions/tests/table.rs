//! Every function, with values that need nothing but this file.

use expect_test::{Expect, expect};

use super::{Template, default_environment, shown};
use crate::input::arm::eval::Fail;

/// Evaluates each line and puts the value behind it.
fn check(expressions: &str, expect: Expect) {
    let mut report = String::new();
    for expression in expressions.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let template = Template { environment: default_environment(), ..Template::default() };
        let value = match template.evaluate_text(&format!("[{expression}]")) {
            Ok(value) => shown(&value).to_string(),
            Err(Fail::Error { message, .. }) => format!("refused: {message}"),
            Err(Fail::Unknown(_)) => "unknown".to_owned(),
        };
        report += &format!("{expression} → {value}\n");
    }
    expect.assert_eq(&report);
}

#[test]
fn arrays() {
    check(
        r#"
array('a')
array(createArray(1))
concat('vm', 0, true())
concat(createArray(1), createArray(createArray(2)))
concat('a', createArray())
concat('a', null())
contains('FOOBAR', 'foo')
contains(createArray(1, '1'), '1')
contains(createObject('Name', 1), 'NAME')
contains('a1', 1)
createArray(1, 'a', null())
distinct(createArray(1, '1', 1))
empty(createObject())
empty('a')
first('Fizz')
first(createArray())
last(createArray(1, 2))
flatten(createArray(createArray(1), createArray(createArray(2))))
indexOf('FOOBAR', 'bar')
indexOf(createArray('A', 'a'), 'a')
lastIndexOf('abcba', 'B')
lastIndexOf('abc', '')
indexFromEnd(createArray(1, 2, 3), 1)
indexFromEnd(createArray(1), 2)
tryIndexFromEnd(createArray(1), 2)
tryIndexFromEnd(createArray(createArray(1, 2)), 1, createObject('value', 1, 'fromEnd', true()))
intersection(createArray(3, 1, 2), createArray(1, 3))
length('naïve')
length(createObject('a', 1))
range(5, 3)
range(0, 10001)
skip(createArray(1, 2, 3), 1)
skip('abc', 5)
take('abc', 2)
take(createArray(1, 2), -1)
union(createArray(1, 2), createArray(2, 3))
"#,
        expect![[r#"
            array('a') → ["a"]
            array(createArray(1)) → [1]
            concat('vm', 0, true()) → "vm0True"
            concat(createArray(1), createArray(createArray(2))) → [1,[2]]
            concat('a', createArray()) → refused: concat() joins strings or arrays, not one with the other.
            concat('a', null()) → refused: concat() takes a string, an integer, a boolean or an array as argument 2, not null.
            contains('FOOBAR', 'foo') → false
            contains(createArray(1, '1'), '1') → true
            contains(createObject('Name', 1), 'NAME') → true
            contains('a1', 1) → refused: contains() looks in a string for a string only.
            createArray(1, 'a', null()) → [1,"a",null]
            distinct(createArray(1, '1', 1)) → [1,"1"]
            empty(createObject()) → true
            empty('a') → false
            first('Fizz') → "F"
            first(createArray()) → null
            last(createArray(1, 2)) → 2
            flatten(createArray(createArray(1), createArray(createArray(2)))) → [1,[2]]
            indexOf('FOOBAR', 'bar') → 3
            indexOf(createArray('A', 'a'), 'a') → 1
            lastIndexOf('abcba', 'B') → 3
            lastIndexOf('abc', '') → 2
            indexFromEnd(createArray(1, 2, 3), 1) → 3
            indexFromEnd(createArray(1), 2) → refused: indexFromEnd() counts from 1 at the end of the array, and may not go past its beginning.
            tryIndexFromEnd(createArray(1), 2) → null
            tryIndexFromEnd(createArray(createArray(1, 2)), 1, createObject('value', 1, 'fromEnd', true())) → 2
            intersection(createArray(3, 1, 2), createArray(1, 3)) → [3,1]
            length('naïve') → 5
            length(createObject('a', 1)) → 1
            range(5, 3) → [5,6,7]
            range(0, 10001) → refused: range() makes 0 to 10000 integers.
            skip(createArray(1, 2, 3), 1) → [2,3]
            skip('abc', 5) → ""
            take('abc', 2) → "ab"
            take(createArray(1, 2), -1) → []
            union(createArray(1, 2), createArray(2, 3)) → [1,2,3]
        "#]],
    );
}

#[test]
fn objects() {
    check(
        r#"
createObject('a', 1, 'A', 2).a
createObject('a', 1, 'a', 2)
createObject('a')
createObject('Size', 1)['sIZE']
createObject('a', 1).b
createArray(1, 2)[2]
createObject('a', null()).a.b
items(createObject('b', 1, 'B', 2, 'a', 3))
objectKeys(createObject('b_', 1, 'b-', 2))
intersection(createObject('a', 1, 'b', 2), createObject('b', 2, 'a', 3))
shallowMerge(createArray(createObject('A', 1, 'b', createObject('x', 1)), createObject('a', null(), 'b', createObject('y', 2))))
tryGet(createObject('a', createObject('b', 1)), 'a', 'B')
tryGet(createObject('a', 1), 'x', 'y')
tryGet(createObject('a', createObject()), 'a', 'y')
tryGet(null(), 'a')
union(createObject('a', createObject('x', 1), 'b', createArray(1)), createObject('A', createObject('y', 2), 'b', createArray(2)))
union(createObject('a', 1), createObject('a', null(), 'b', null()))
union(createObject('a', 1), createObject('a', createObject()))
"#,
        expect![[r#"
            createObject('a', 1, 'A', 2).a → 1
            createObject('a', 1, 'a', 2) → refused: createObject() has the same key twice.
            createObject('a') → refused: createObject() takes keys and values in pairs.
            createObject('Size', 1)['sIZE'] → 1
            createObject('a', 1).b → refused: The object has no property of this name.
            createArray(1, 2)[2] → refused: The index is outside the array.
            createObject('a', null()).a.b → refused: Null has no properties.
            items(createObject('b', 1, 'B', 2, 'a', 3)) → [{"key":"a","value":3},{"key":"b","value":1},{"key":"B","value":2}]
            objectKeys(createObject('b_', 1, 'b-', 2)) → ["b-","b_"]
            intersection(createObject('a', 1, 'b', 2), createObject('b', 2, 'a', 3)) → {"b":2}
            shallowMerge(createArray(createObject('A', 1, 'b', createObject('x', 1)), createObject('a', null(), 'b', createObject('y', 2)))) → {"A":null,"b":{"y":2}}
            tryGet(createObject('a', createObject('b', 1)), 'a', 'B') → 1
            tryGet(createObject('a', 1), 'x', 'y') → null
            tryGet(createObject('a', createObject()), 'a', 'y') → refused: tryGet() finds nothing at a step after the first.
            tryGet(null(), 'a') → null
            union(createObject('a', createObject('x', 1), 'b', createArray(1)), createObject('A', createObject('y', 2), 'b', createArray(2))) → {"A":{"x":1,"y":2},"b":[2]}
            union(createObject('a', 1), createObject('a', null(), 'b', null())) → {"a":1,"b":null}
            union(createObject('a', 1), createObject('a', createObject())) → refused: union() cannot merge an object with something else under one key.
        "#]],
    );
}

#[test]
fn logic() {
    check(
        r#"
and(true(), false(), fail('never'))
or(true(), nosuch())
and(true(), 1)
not(false())
if(equals(1, 1), 'a', div(1, 0))
if('true', 1, 2)
coalesce(null(), 5, fail('never'))
coalesce()
bool(' True ')
bool(2)
bool('1')
equals('a', 'A')
equals(1, json('1.0'))
equals(createObject('a', 1, 'b', 2), createObject('b', 2, 'a', 1))
less('a', 'A')
less('co-op', 'COOP')
less('é', 'f')
greater(json('1.5'), 1)
less(1, 'a')
"#,
        expect![[r#"
            and(true(), false(), fail('never')) → false
            or(true(), nosuch()) → true
            and(true(), 1) → refused: and() takes a boolean as argument 2.
            not(false()) → true
            if(equals(1, 1), 'a', div(1, 0)) → "a"
            if('true', 1, 2) → refused: if() takes a boolean as argument 1.
            coalesce(null(), 5, fail('never')) → 5
            coalesce() → null
            bool(' True ') → true
            bool(2) → true
            bool('1') → refused: bool() cannot read this text: it must be 'true' or 'false'.
            equals('a', 'A') → false
            equals(1, json('1.0')) → false
            equals(createObject('a', 1, 'b', 2), createObject('b', 2, 'a', 1)) → true
            less('a', 'A') → true
            less('co-op', 'COOP') → true
            less('é', 'f') → {"$unknown":"less() is not evaluated","prefix":"","suffix":""}
            greater(json('1.5'), 1) → true
            less(1, 'a') → refused: less() compares two numbers or two strings, not one with the other.
        "#]],
    );
}

#[test]
fn numbers() {
    check(
        r#"
add(4095, 1)
add(9223372036854775807, 1)
sub(-7, 2)
mul(3037000500, 3037000500)
div(-7, 2)
mod(-7, 2)
div(1, 0)
add(json('1.0'), 1)
int(' +42 ')
int('4.5')
float('1e3')
max(1, json('2.5'))
min(createArray(3, 1, 2))
max(createArray())
"#,
        expect![[r#"
            add(4095, 1) → 4096
            add(9223372036854775807, 1) → refused: add() goes beyond the integers of 64 bits.
            sub(-7, 2) → -9
            mul(3037000500, 3037000500) → refused: mul() goes beyond the integers of 64 bits.
            div(-7, 2) → -3
            mod(-7, 2) → -1
            div(1, 0) → refused: div() divides by zero.
            add(json('1.0'), 1) → refused: add() takes an integer as argument 1, not a number with a fraction.
            int(' +42 ') → 42
            int('4.5') → refused: int() cannot read this text as an integer of 64 bits.
            float('1e3') → 1000.0
            max(1, json('2.5')) → 2.5
            min(createArray(3, 1, 2)) → 1
            max(createArray()) → refused: max() needs at least one number.
        "#]],
    );
}

#[test]
fn texts() {
    check(
        r#"
base64('日本語')
base64ToString('w6k=')
base64ToString('Zg')
base64ToJson(base64('[1, 2]'))
dataUri('Hello')
dataUri(createArray(1))
dataUriToString('data:text/plain;charset=utf-8;base64,SGVsbG8=')
dataUriToString('data:,a%20b')
endsWith('abcdef', 'F')
startsWith('AzureBackupRG_1', 'azurebackuprg_')
guid('foo', 'bar', 'baz')
uniqueString('snap', 'crackle', 'pop')
uniqueString('')
join(createArray('a', 1, true()), '-')
join(createArray(null()), '-')
json('{"a": [1, 1.5, -0, "x"], "a": null}')
json('{''a'': 1,} // and more')
json('[.25, -.5e1]')
json('[1')
padLeft(7, 3, '0')
padLeft('x', 17)
replace('aaa', 'aa', 'b')
split('a,b;c', createArray(',', ';'))
split('a,b', '')
string(createObject('a', createArray(1, json('1.0'), null(), 'x"')))
string(true())
string(null())
substring('abc', 1)
substring('abc', 2, 2)
toLower('ÀÉİ')
toUpper('straße')
trim('  a b ')
length('😀')
take('a😀', 2)
uri('http://contoso.org/a/b.json?x', '../c d')
uri('nouri', 'x')
uriComponent('a b/ü')
uriComponentToString('%e6%97%a5+')
parseUri('https://a.b:443/x?q=1#f')
buildUri(createObject('scheme', 'https', 'host', 'a.b', 'port', 8443))
"#,
        expect![[r#"
            base64('日本語') → "5pel5pys6Kqe"
            base64ToString('w6k=') → "é"
            base64ToString('Zg') → refused: base64ToString() cannot read this text as Base64.
            base64ToJson(base64('[1, 2]')) → [1,2]
            dataUri('Hello') → "data:text/plain;charset=utf-8;base64,SGVsbG8="
            dataUri(createArray(1)) → "data:application/json;charset=utf-8;base64,WzFd"
            dataUriToString('data:text/plain;charset=utf-8;base64,SGVsbG8=') → "Hello"
            dataUriToString('data:,a%20b') → "a b"
            endsWith('abcdef', 'F') → true
            startsWith('AzureBackupRG_1', 'azurebackuprg_') → true
            guid('foo', 'bar', 'baz') → "2ed86837-7c7c-5eaa-9864-dd077fd19b0d"
            uniqueString('snap', 'crackle', 'pop') → "byghxckddilkc"
            uniqueString('') → "aaaaaaaaaaaaa"
            join(createArray('a', 1, true()), '-') → "a-1-True"
            join(createArray(null()), '-') → refused: join() joins only strings, integers and booleans.
            json('{"a": [1, 1.5, -0, "x"], "a": null}') → {"a":null}
            json('{''a'': 1,} // and more') → {"a":1}
            json('[.25, -.5e1]') → [0.25,-5.0]
            json('[1') → refused: json() cannot read this text as JSON.
            padLeft(7, 3, '0') → "007"
            padLeft('x', 17) → refused: padLeft() fills to a width of 1 to 16.
            replace('aaa', 'aa', 'b') → "ba"
            split('a,b;c', createArray(',', ';')) → ["a","b","c"]
            split('a,b', '') → ["a,b"]
            string(createObject('a', createArray(1, json('1.0'), null(), 'x"'))) → "{\"a\":[1,1.0,null,\"x\\\"\"]}"
            string(true()) → "True"
            string(null()) → refused: string() takes a string, an integer, a boolean, an array or an object as argument 1, not null.
            substring('abc', 1) → "bc"
            substring('abc', 2, 2) → refused: substring() must stay within the string.
            toLower('ÀÉİ') → "àéİ"
            toUpper('straße') → "STRAßE"
            trim('  a b ') → "a b"
            length('😀') → 2
            take('a😀', 2) → "a�"
            uri('http://contoso.org/a/b.json?x', '../c d') → "http://contoso.org/c%20d"
            uri('nouri', 'x') → refused: uri() takes an absolute URI as base.
            uriComponent('a b/ü') → "a%20b%2F%C3%BC"
            uriComponentToString('%e6%97%a5+') → "日 "
            parseUri('https://a.b:443/x?q=1#f') → {"scheme":"https","host":"a.b","port":null,"path":"/x","query":"?q=1"}
            buildUri(createObject('scheme', 'https', 'host', 'a.b', 'port', 8443)) → "https://a.b:8443/"
        "#]],
    );
}

#[test]
fn formats() {
    check(
        r#"
format('{0}-{1}-{2}', 'a', 1, true())
format('{{{0}}}', 5)
format('{0}', createObject('a', createArray(1, 'b')))
format('{0}|{1}', null(), json('1.50'))
format('{0,6}|{0,-6}|{1,6:D3}', 'ab', 7)
format('{0:D5} {0:X} {0:x4} {0:B}', 255)
format('{0:N0} {0:N2} {0:F1}', -1234567)
format('{0:E2} {0:G3}', 12345)
format('{0:P0} {0:C}', 1)
format('{0:#,##0.00;(0);zero}', 1234567)
format('{0:#,##0.00;(0);zero}', -7)
format('{0:#,##0.00;(0);zero}', 0)
format('{0:00.0e+0}', 12345)
format('{0:0.##}', json('1.255'))
format('{0:F2}', json('2.5'))
format('{0:0,,}', 1234567890)
format('{1}', 1)
format('{', 1)
format('{0:Q}', 1)
"#,
        expect![[r#"
            format('{0}-{1}-{2}', 'a', 1, true()) → "a-1-True"
            format('{{{0}}}', 5) → "{5}"
            format('{0}', createObject('a', createArray(1, 'b'))) → "{'a':[1,'b']}"
            format('{0}|{1}', null(), json('1.50')) → "|1.5"
            format('{0,6}|{0,-6}|{1,6:D3}', 'ab', 7) → "    ab|ab    |   007"
            format('{0:D5} {0:X} {0:x4} {0:B}', 255) → "00255 FF 00ff 11111111"
            format('{0:N0} {0:N2} {0:F1}', -1234567) → "-1,234,567 -1,234,567.00 -1234567.0"
            format('{0:E2} {0:G3}', 12345) → "1.23E+004 1.23E+04"
            format('{0:P0} {0:C}', 1) → {"$unknown":"format() is not evaluated","prefix":"100 % ","suffix":""}
            format('{0:#,##0.00;(0);zero}', 1234567) → "1,234,567.00"
            format('{0:#,##0.00;(0);zero}', -7) → "(7)"
            format('{0:#,##0.00;(0);zero}', 0) → "zero"
            format('{0:00.0e+0}', 12345) → "12.3e+3"
            format('{0:0.##}', json('1.255')) → "1.26"
            format('{0:F2}', json('2.5')) → "2.50"
            format('{0:0,,}', 1234567890) → "1235"
            format('{1}', 1) → refused: format() has fewer arguments than the format string asks for.
            format('{', 1) → refused: format() cannot read the format string: single brackets must enclose the number of an argument.
            format('{0:Q}', 1) → refused: format() cannot format a number in this way.
        "#]],
    );
}

#[test]
fn dates() {
    check(
        r#"
dateTimeAdd('2020-01-31T00:00:00Z', 'P1M')
dateTimeAdd('2020-12-31', '-P13M')
dateTimeAdd('2020-01-31T12:00:00+02:00', 'PT90M', 'o')
dateTimeAdd('2020-04-07 14:53:14Z', 'PT1H', 'dddd, d MMM yyyy h:mm tt')
dateTimeAdd('20200407T145314Z', 'PT0.5S', 'r')
dateTimeAdd('2020-02-30', 'P1D')
dateTimeAdd('2020-02-28', 'P1W')
dateTimeAdd('13/01/2020', 'P1D')
dateTimeFromEpoch(1680224438)
dateTimeToEpoch('2023-03-31T01:00:38Z')
dateTimeToEpoch('2023-03-31')
utcNow()
"#,
        expect![[r#"
            dateTimeAdd('2020-01-31T00:00:00Z', 'P1M') → "2020-03-01T00:00:00Z"
            dateTimeAdd('2020-12-31', '-P13M') → "2019-12-02T00:00:00Z"
            dateTimeAdd('2020-01-31T12:00:00+02:00', 'PT90M', 'o') → "2020-01-31T13:30:00.0000000+02:00"
            dateTimeAdd('2020-04-07 14:53:14Z', 'PT1H', 'dddd, d MMM yyyy h:mm tt') → "Tuesday, 7 Apr 2020 3:53 PM"
            dateTimeAdd('20200407T145314Z', 'PT0.5S', 'r') → "Tue, 07 Apr 2020 14:53:14 GMT"
            dateTimeAdd('2020-02-30', 'P1D') → refused: dateTimeAdd() cannot read this text as a time.
            dateTimeAdd('2020-02-28', 'P1W') → refused: dateTimeAdd() takes a duration in the form of ISO 8601, such as 'P1DT12H'.
            dateTimeAdd('13/01/2020', 'P1D') → {"$unknown":"dateTimeAdd() is not evaluated","prefix":"","suffix":""}
            dateTimeFromEpoch(1680224438) → "2023-03-31T01:00:38Z"
            dateTimeToEpoch('2023-03-31T01:00:38Z') → 1680224438
            dateTimeToEpoch('2023-03-31') → {"$unknown":"dateTimeToEpoch() is not evaluated","prefix":"","suffix":""}
            utcNow() → refused: utcNow() is allowed only in the default value of a parameter.
        "#]],
    );
}

#[test]
fn networks() {
    check(
        r#"
parseCidr('10.144.0.9/20')
parseCidr('fdad:3236:5555::/48')
cidrSubnet('10.144.0.0/20', 24, 15)
cidrSubnet('10.144.0.0/20', 24, 16)
cidrSubnet('fdad:3236:5555::/48', 52, 1)
cidrHost('10.144.3.0/24', 0)
cidrHost('10.144.3.0/24', 254)
cidrHost('300.0.0.0/8', 0)
"#,
        expect![[r#"
            parseCidr('10.144.0.9/20') → {"network":"10.144.0.0","netmask":"255.255.240.0","broadcast":"10.144.15.255","firstUsable":"10.144.0.1","lastUsable":"10.144.15.254","cidr":20}
            parseCidr('fdad:3236:5555::/48') → {"network":"fdad:3236:5555::","netmask":"ffff:ffff:ffff::","firstUsable":"fdad:3236:5555::","lastUsable":"fdad:3236:5555:ffff:ffff:ffff:ffff:ffff","cidr":48}
            cidrSubnet('10.144.0.0/20', 24, 15) → "10.144.15.0/24"
            cidrSubnet('10.144.0.0/20', 24, 16) → refused: cidrSubnet() has fewer subnets than that.
            cidrSubnet('fdad:3236:5555::/48', 52, 1) → "fdad:3236:5555:1000::/52"
            cidrHost('10.144.3.0/24', 0) → "10.144.3.1"
            cidrHost('10.144.3.0/24', 254) → refused: cidrHost() has fewer addresses than that.
            cidrHost('300.0.0.0/8', 0) → refused: cidrHost() takes a network such as '10.0.0.0/24'.
        "#]],
    );
}

#[test]
fn lambdas() {
    check(
        r#"
map(createArray('a', 'b'), lambda('x', 'i', format('{0}{1}', lambdaVariables('x'), lambdaVariables('i'))))
map(createArray(1, 2), lambda('x', map(createArray(10), lambda('y', add(lambdaVariables('X'), lambdaVariables('y'))))))
filter(range(0, 6), lambda('x', equals(mod(lambdaVariables('x'), 2), 0)))
reduce(range(1, 5), 1, lambda('a', 'b', mul(lambdaVariables('a'), lambdaVariables('b'))))
sort(createArray('b', 'A', 'a', 'B'), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))
toObject(createArray('a', 'b'), lambda('x', lambdaVariables('x')), lambda('x', length(lambdaVariables('x'))))
toObject(createArray('a', 'A'), lambda('x', lambdaVariables('x')))
groupBy(createArray('b', 'A', 'B'), lambda('x', lambdaVariables('x')))
mapValues(createObject('a', 1), lambda('v', add(lambdaVariables('v'), 1)))
map(createArray(1), lambda('x', lambdaVariables('y')))
map(createArray(1), 1)
reduce(createArray(1), 0, lambda('c', 1))
lambda('x', 1)
lambdaVariables('x')
"#,
        expect![[r#"
            map(createArray('a', 'b'), lambda('x', 'i', format('{0}{1}', lambdaVariables('x'), lambdaVariables('i')))) → ["a0","b1"]
            map(createArray(1, 2), lambda('x', map(createArray(10), lambda('y', add(lambdaVariables('X'), lambdaVariables('y')))))) → [[11],[12]]
            filter(range(0, 6), lambda('x', equals(mod(lambdaVariables('x'), 2), 0))) → [0,2,4]
            reduce(range(1, 5), 1, lambda('a', 'b', mul(lambdaVariables('a'), lambdaVariables('b')))) → 120
            sort(createArray('b', 'A', 'a', 'B'), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b')))) → ["a","A","b","B"]
            toObject(createArray('a', 'b'), lambda('x', lambdaVariables('x')), lambda('x', length(lambdaVariables('x')))) → {"a":1,"b":1}
            toObject(createArray('a', 'A'), lambda('x', lambdaVariables('x'))) → refused: toObject() gets the same key twice.
            groupBy(createArray('b', 'A', 'B'), lambda('x', lambdaVariables('x'))) → {"b":["b","B"],"A":["A"]}
            mapValues(createObject('a', 1), lambda('v', add(lambdaVariables('v'), 1))) → {"a":2}
            map(createArray(1), lambda('x', lambdaVariables('y'))) → refused: lambdaVariables() names a variable that no lambda around it has.
            map(createArray(1), 1) → refused: map() takes a lambda() as argument 2.
            reduce(createArray(1), 0, lambda('c', 1)) → refused: The lambda of reduce() takes 2 to 3 variables, not 1.
            lambda('x', 1) → refused: lambda() is allowed only as an argument of a function that takes a lambda.
            lambdaVariables('x') → refused: lambdaVariables() is allowed only inside a lambda.
        "#]],
    );
}

#[test]
fn ids() {
    check(
        r#"
resourceId('Microsoft.Compute/disks', 'd1')
resourceId('rg', 'Microsoft.RecoveryServices/vaults/backupPolicies', 'v', 'p')
resourceId('11111111-1111-1111-1111-111111111111', 'rg', 'Microsoft.Compute/disks', 'd')
resourceId('nope', 'rg', 'Microsoft.Compute/disks', 'd')
resourceId('Microsoft.Compute/disks', 'a', 'b')
subscriptionResourceId('microsoft.resources/resourcegroups', 'rg')
tenantResourceId('Microsoft.Authorization/roleDefinitions', 'r')
managementGroupResourceId('mg', 'Microsoft.Authorization/policyDefinitions', 'p')
extensionResourceId(resourceGroup().id, 'Microsoft.Authorization/locks', 'l')
extensionResourceId('/x', 'Microsoft.Authorization/locks', 'l')
last(split(resourceId('Microsoft.Compute/disks', 'd1'), '/'))
managementGroup()
resourceGroup().nope
copyIndex()
nosuch(1)
contoso.nope(1)
if(true(), 1)
"#,
        expect![[r#"
            resourceId('Microsoft.Compute/disks', 'd1') → "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/myRg/providers/Microsoft.Compute/disks/d1"
            resourceId('rg', 'Microsoft.RecoveryServices/vaults/backupPolicies', 'v', 'p') → "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v/backupPolicies/p"
            resourceId('11111111-1111-1111-1111-111111111111', 'rg', 'Microsoft.Compute/disks', 'd') → "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.Compute/disks/d"
            resourceId('nope', 'rg', 'Microsoft.Compute/disks', 'd') → refused: resourceId() takes a subscription as a GUID.
            resourceId('Microsoft.Compute/disks', 'a', 'b') → refused: resourceId() needs one name for each segment of the resource type behind the namespace.
            subscriptionResourceId('microsoft.resources/resourcegroups', 'rg') → "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg"
            tenantResourceId('Microsoft.Authorization/roleDefinitions', 'r') → "/providers/Microsoft.Authorization/roleDefinitions/r"
            managementGroupResourceId('mg', 'Microsoft.Authorization/policyDefinitions', 'p') → "/providers/Microsoft.Management/managementGroups/mg/providers/Microsoft.Authorization/policyDefinitions/p"
            extensionResourceId(resourceGroup().id, 'Microsoft.Authorization/locks', 'l') → "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/myRg/providers/Microsoft.Authorization/locks/l"
            extensionResourceId('/x', 'Microsoft.Authorization/locks', 'l') → refused: extensionResourceId() takes the full id of a resource as argument 1.
            last(split(resourceId('Microsoft.Compute/disks', 'd1'), '/')) → "d1"
            managementGroup() → refused: managementGroup() is not available in a deployment to a resource group.
            resourceGroup().nope → refused: The object has no property of this name.
            copyIndex() → refused: copyIndex() has a value only inside a copy loop, and of that loop or one around it.
            nosuch(1) → refused: Unrecognized function name 'nosuch'.
            contoso.nope(1) → refused: Unrecognized function name 'nope' in user-defined namespace 'contoso'.
            if(true(), 1) → refused: The function 'if' takes 3 argument(s).
        "#]],
    );
}
