//! What is certain where not everything is known; places and secrets.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{Template, default_environment};
use crate::input::arm::eval::Fail;
use crate::input::arm::expr;
use crate::value::{Data, Part, Value};

fn template() -> Template {
    let mut environment = default_environment();
    environment.insert("resourceGroup", None);
    Template {
        parameters: serde_json::json!({
            "known": 5000,
            "text": "abc",
            "list": [128, 8192, 256],
            "object": { "disk": { "size": 4096 } },
            "computed": "[mul(1024, 5)]",
            "size": { "oneOf": [64, 4096, 8192] },
            "tier": { "oneOf": ["small", "large"] },
            "bounded": { "bounds": [1, 10] },
            "secret": { "$secret": "hunter2hunter2" },
            "secretObject": { "$secret": { "password": "hunter2hunter2", "size": 5 } },
        }),
        unknown_parameters: vec!["u".into(), "v".into()],
        variables: serde_json::json!({
            "sizes": { "small": 64, "large": 4095 },
            "big": "[parameters('known')]",
            "config": { "a": 1, "key": "[parameters('secret')]" },
        }),
        environment,
        index: Some(2),
        ..Template::default()
    }
}

/// A value in words, unknown parts included.
fn words(value: &Value) -> String {
    let marked = |text: String| if value.is_secret() { format!("secret {text}") } else { text };
    marked(match value.data() {
        Data::Null => "null".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Int(int) => int.to_string(),
        Data::Float(float) => format!("{float:?}"),
        Data::Text(text) => format!("{text:?}"),
        Data::Array(items) => format!("[{}]", items.iter().map(words).collect::<Vec<_>>().join(", ")),
        Data::Object(object) => {
            let mut members: Vec<_> =
                object.members.iter().map(|(name, member)| format!("{name}: {}", words(member))).collect();
            members.extend(object.open.is_some().then(|| "…".to_owned()));
            format!("{{{}}}", members.join(", "))
        }
        Data::Unknown(unknown) => {
            let mut words = unknown.kind.map_or("?".to_owned(), |kind| format!("?{kind:?}").to_lowercase());
            if let Some(identity) = &unknown.identity {
                words += &format!(" {identity}");
            }
            if !unknown.one_of.is_empty() {
                let choices: Vec<_> = unknown.one_of.iter().map(self::words).collect();
                words += &format!(" of ({})", choices.join(" | "));
            }
            for part in &unknown.parts {
                words += &match part {
                    Part::Known(text) => format!(" {text:?}"),
                    Part::Hole(identity) => format!(" <{identity}>"),
                };
            }
            if unknown.min.is_some() || unknown.max.is_some() {
                let bound = |bound: Option<i64>| bound.map(|bound| bound.to_string()).unwrap_or_default();
                words += &format!(" {}..{}", bound(unknown.min), bound(unknown.max));
            }
            if words == "?" {
                words += &unknown.why.words();
            }
            words
        }
    })
}

/// Evaluates each line and puts what is known of the value behind it.
fn check(expressions: &str, expect: Expect) {
    let mut report = String::new();
    for expression in expressions.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let value = match template().evaluate_text(&format!("[{expression}]")) {
            Ok(value) => words(&value),
            Err(Fail::Error { message, .. }) => format!("refused: {message}"),
            Err(Fail::Unknown(_)) => "stopped".to_owned(),
        };
        report += &format!("{expression} → {value}\n");
    }
    expect.assert_eq(&report);
}

/// Puts behind each line the text that a person would change, and the related ones.
fn check_places(expressions: &str, expect: Expect) {
    let mut report = String::new();
    for expression in expressions.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let template = template();
        let Ok(value) = template.evaluate_text(&format!("[{expression}]")) else { panic!("{expression}") };
        let text = |place: crate::text::Place| {
            let files = template.files.borrow();
            files[place.file.0 as usize][place.span.start as usize..place.span.end as usize].to_owned()
        };
        let origin = value.origin().unwrap();
        let kind = if origin.literal { "written" } else { "computed" };
        report += &format!("{expression}\n    {kind} {}\n", text(origin.at));
        for place in origin.related() {
            report += &format!("    related {}\n", text(place));
        }
    }
    expect.assert_eq(&report);
}

#[test]
fn texts() {
    check(
        r#"
concat('vm-', parameters('u'))
format('{0}-{1:D3}-x', parameters('u'), parameters('v'))
toLower(concat('VM-', parameters('u'), '-X'))
concat(toLower(concat('VM-', parameters('u'))), '-', parameters('v'))
join(createArray('a', parameters('u'), 1), '/')
startsWith(concat('st', parameters('u')), 'ST')
startsWith(concat('st', parameters('u')), 'stx')
startsWith(concat('st', parameters('u')), 'x')
endsWith(concat(parameters('u'), '-os'), '-OS')
contains(concat('a/b', parameters('u')), '/')
empty(concat('a', parameters('u')))
length(concat('abc', parameters('u'), 'de'))
first(concat('abc', parameters('u')))
last(concat('abc', parameters('u')))
take(concat('abc', parameters('u')), 2)
substring(concat('abc', parameters('u')), 1, 2)
substring(concat('abc', parameters('u')), 1, 3)
indexOf(concat('abc', parameters('u')), 'C')
equals(concat('a', parameters('u')), 'b')
equals(concat('a', parameters('u')), 'ab')
equals(concat('abc', parameters('u')), 'ab')
uniqueString(resourceGroup().id)
equals(uniqueString(resourceGroup().id), uniqueString(resourceGroup().id))
equals(toLower(parameters('u')), TOLOWER(parameters('U')))
"#,
        expect![[r#"
            concat('vm-', parameters('u')) → ?text concat('vm-',parameters('u')) "vm-" <parameters('u')>
            format('{0}-{1:D3}-x', parameters('u'), parameters('v')) → ?text format('{0}-{1:D3}-x',parameters('u'),parameters('v')) <parameters('u')> "-" <format('{1:D3}',parameters('v'))> "-x"
            toLower(concat('VM-', parameters('u'), '-X')) → ?text tolower(concat('VM-',parameters('u'),'-X')) "vm-" <tolower(parameters('u'))> "-x"
            concat(toLower(concat('VM-', parameters('u'))), '-', parameters('v')) → ?text concat(tolower(concat('VM-',parameters('u'))),'-',parameters('v')) "vm-" <tolower(parameters('u'))> "-" <parameters('v')>
            join(createArray('a', parameters('u'), 1), '/') → ?text join(['a',parameters('u'),1,],'/') "a/" <parameters('u')> "/1"
            startsWith(concat('st', parameters('u')), 'ST') → true
            startsWith(concat('st', parameters('u')), 'stx') → ?bool startswith(concat('st',parameters('u')),'stx')
            startsWith(concat('st', parameters('u')), 'x') → false
            endsWith(concat(parameters('u'), '-os'), '-OS') → true
            contains(concat('a/b', parameters('u')), '/') → true
            empty(concat('a', parameters('u'))) → false
            length(concat('abc', parameters('u'), 'de')) → ?int length(concat('abc',parameters('u'),'de')) 5..
            first(concat('abc', parameters('u'))) → "a"
            last(concat('abc', parameters('u'))) → ? last(concat('abc',parameters('u')))
            take(concat('abc', parameters('u')), 2) → "ab"
            substring(concat('abc', parameters('u')), 1, 2) → "bc"
            substring(concat('abc', parameters('u')), 1, 3) → ?text substring(concat('abc',parameters('u')),1,3)
            indexOf(concat('abc', parameters('u')), 'C') → 2
            equals(concat('a', parameters('u')), 'b') → false
            equals(concat('a', parameters('u')), 'ab') → ?bool equals(concat('a',parameters('u')),'ab')
            equals(concat('abc', parameters('u')), 'ab') → false
            uniqueString(resourceGroup().id) → ?text uniquestring('/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/'<resourcegroup().name>)
            equals(uniqueString(resourceGroup().id), uniqueString(resourceGroup().id)) → true
            equals(toLower(parameters('u')), TOLOWER(parameters('U'))) → true
        "#]],
    );
}

#[test]
fn ids() {
    check(
        r#"
resourceGroup().location
resourceGroup().id
equals(resourceGroup().id, resourceGroup().id)
resourceId('Microsoft.Compute/disks', parameters('u'))
resourceId(parameters('u'), 'Microsoft.RecoveryServices/vaults/backupPolicies', 'v', concat('p-', parameters('v')))
resourceId(parameters('u'), parameters('v'), 'Microsoft.Compute/disks', 'd')
resourceId(parameters('u'), 'd')
last(split(resourceId('Microsoft.Compute/disks', parameters('u')), '/'))
split(resourceId('Microsoft.Compute/disks', concat('d-', parameters('u'))), '/')[4]
split(parameters('u'), '/')
extensionResourceId(resourceId('Microsoft.Compute/disks', parameters('u')), 'Microsoft.Authorization/locks', 'l')
subscriptionResourceId(parameters('u'), 'Microsoft.Authorization/locks', 'l')
"#,
        expect![[r#"
            resourceGroup().location → ?text resourcegroup().location
            resourceGroup().id → ?text "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/" <resourcegroup().name>
            equals(resourceGroup().id, resourceGroup().id) → true
            resourceId('Microsoft.Compute/disks', parameters('u')) → ?text resourceid('Microsoft.Compute/disks',parameters('u')) "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/" <resourcegroup().name> "/providers/Microsoft.Compute/disks/" <parameters('u')>
            resourceId(parameters('u'), 'Microsoft.RecoveryServices/vaults/backupPolicies', 'v', concat('p-', parameters('v'))) → ?text resourceid(parameters('u'),'Microsoft.RecoveryServices/vaults/backupPolicies','v',concat('p-',parameters('v'))) "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/" <parameters('u')> "/providers/Microsoft.RecoveryServices/vaults/v/backupPolicies/p-" <parameters('v')>
            resourceId(parameters('u'), parameters('v'), 'Microsoft.Compute/disks', 'd') → ?text resourceid(parameters('u'),parameters('v'),'Microsoft.Compute/disks','d') "/subscriptions/" <parameters('u')> "/resourceGroups/" <parameters('v')> "/providers/Microsoft.Compute/disks/d"
            resourceId(parameters('u'), 'd') → ?text resourceid(parameters('u'),'d')
            last(split(resourceId('Microsoft.Compute/disks', parameters('u')), '/')) → ?text parameters('u')
            split(resourceId('Microsoft.Compute/disks', concat('d-', parameters('u'))), '/')[4] → ?text resourcegroup().name
            split(parameters('u'), '/') → ?array split(parameters('u'),'/')
            extensionResourceId(resourceId('Microsoft.Compute/disks', parameters('u')), 'Microsoft.Authorization/locks', 'l') → ?text extensionresourceid(resourceid('Microsoft.Compute/disks',parameters('u')),'Microsoft.Authorization/locks','l') "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/" <resourcegroup().name> "/providers/Microsoft.Compute/disks/" <parameters('u')> "/providers/Microsoft.Authorization/locks/l"
            subscriptionResourceId(parameters('u'), 'Microsoft.Authorization/locks', 'l') → ?text subscriptionresourceid(parameters('u'),'Microsoft.Authorization/locks','l') "/subscriptions/" <parameters('u')> "/providers/Microsoft.Authorization/locks/l"
        "#]],
    );
}

#[test]
fn logic() {
    check(
        r#"
and(parameters('u'), false())
and(parameters('u'), true())
or(parameters('u'), true())
or(parameters('u'), fail('x'))
and(parameters('u'), 1)
and(1, parameters('u'))
not(parameters('u'))
if(parameters('u'), 5000, 128)
if(parameters('u'), 5000, 5000)
if(parameters('u'), 5000, fail('x'))
if(parameters('u'), fail('x'), fail('y'))
if(parameters('u'), parameters('v'), 1)
if(parameters('u'), parameters('v'), parameters('v'))
if(parameters('u'), if(parameters('v'), 1, 2), 3)
if(parameters('u'), createObject('a', 1), createObject('a', 2)).a
if(parameters('u'), createArray(1), createArray(1, 2))[0]
add(if(parameters('u'), 1, 2), 10)
concat('vm-', if(parameters('u'), 'a', 'b'))
concat('vm-', if(parameters('u'), 'a', 'b'), parameters('v'))
coalesce(parameters('u'), 5)
coalesce(null(), parameters('size'), 5)
coalesce(concat('a', parameters('u')), 5)
equals(parameters('u'), parameters('u'))
equals(parameters('u'), parameters('v'))
equals(createArray(1, parameters('u')), createArray(2, 3))
"#,
        expect![[r#"
            and(parameters('u'), false()) → false
            and(parameters('u'), true()) → ?bool and(parameters('u'),true)
            or(parameters('u'), true()) → true
            or(parameters('u'), fail('x')) → ?bool
            and(parameters('u'), 1) → ?bool and(parameters('u'),1)
            and(1, parameters('u')) → refused: and() takes a boolean as argument 1.
            not(parameters('u')) → ?bool not(parameters('u'))
            if(parameters('u'), 5000, 128) → ?int if(parameters('u'),5000,128) of (5000 | 128) 128..5000
            if(parameters('u'), 5000, 5000) → 5000
            if(parameters('u'), 5000, fail('x')) → ?int of (5000) 5000..5000
            if(parameters('u'), fail('x'), fail('y')) → refused: fail() stops the deployment.
            if(parameters('u'), parameters('v'), 1) → ? if(parameters('u'),parameters('v'),1)
            if(parameters('u'), parameters('v'), parameters('v')) → ? parameters('v')
            if(parameters('u'), if(parameters('v'), 1, 2), 3) → ?int if(parameters('u'),if(parameters('v'),1,2),3) of (1 | 2 | 3) 1..3
            if(parameters('u'), createObject('a', 1), createObject('a', 2)).a → ?int if(parameters('u'),{'a':1,},{'a':2,}).a of (1 | 2)
            if(parameters('u'), createArray(1), createArray(1, 2))[0] → 1
            add(if(parameters('u'), 1, 2), 10) → ?int add(if(parameters('u'),1,2),10) of (11 | 12) 11..12
            concat('vm-', if(parameters('u'), 'a', 'b')) → ?text concat('vm-',if(parameters('u'),'a','b')) of ("vm-a" | "vm-b") "vm-" <if(parameters('u'),'a','b')>
            concat('vm-', if(parameters('u'), 'a', 'b'), parameters('v')) → ?text concat('vm-',if(parameters('u'),'a','b'),parameters('v')) "vm-" <if(parameters('u'),'a','b')> <parameters('v')>
            coalesce(parameters('u'), 5) → ? coalesce(parameters('u'),5)
            coalesce(null(), parameters('size'), 5) → ?int parameters('size') of (64 | 4096 | 8192)
            coalesce(concat('a', parameters('u')), 5) → ?text concat('a',parameters('u')) "a" <parameters('u')>
            equals(parameters('u'), parameters('u')) → true
            equals(parameters('u'), parameters('v')) → ?bool equals(parameters('u'),parameters('v'))
            equals(createArray(1, parameters('u')), createArray(2, 3)) → false
        "#]],
    );
}

#[test]
fn numbers() {
    check(
        r#"
add(parameters('u'), 1)
add('a', parameters('u'))
mul(parameters('bounded'), 1024)
sub(100, parameters('bounded'))
min(parameters('bounded'), 5)
max(parameters('bounded'), 5, 20)
less(parameters('bounded'), 11)
less(parameters('bounded'), 10)
greaterOrEquals(parameters('bounded'), 1)
greater(parameters('bounded'), 10)
equals(parameters('bounded'), 11)
mul(parameters('size'), 2)
greater(parameters('size'), 32)
greater(parameters('size'), 64)
div(8192, parameters('size'))
div(1, if(parameters('u'), 0, 1))
copyIndex(1)
copyIndex('loop')
copyIndex('other')
copyIndex(parameters('u'))
"#,
        expect![[r#"
            add(parameters('u'), 1) → ?int add(parameters('u'),1)
            add('a', parameters('u')) → refused: add() takes an integer as argument 1, not a string.
            mul(parameters('bounded'), 1024) → ?int mul(parameters('bounded'),1024) 1024..10240
            sub(100, parameters('bounded')) → ?int sub(100,parameters('bounded')) 90..99
            min(parameters('bounded'), 5) → ?int min(parameters('bounded'),5) 1..5
            max(parameters('bounded'), 5, 20) → ?int max(parameters('bounded'),5,20) 20..20
            less(parameters('bounded'), 11) → true
            less(parameters('bounded'), 10) → ?bool less(parameters('bounded'),10)
            greaterOrEquals(parameters('bounded'), 1) → true
            greater(parameters('bounded'), 10) → false
            equals(parameters('bounded'), 11) → false
            mul(parameters('size'), 2) → ?int mul(parameters('size'),2) of (128 | 8192 | 16384) 128..16384
            greater(parameters('size'), 32) → true
            greater(parameters('size'), 64) → ?bool greater(parameters('size'),64) of (false | true)
            div(8192, parameters('size')) → ?int div(8192,parameters('size')) of (128 | 2 | 1) 1..128
            div(1, if(parameters('u'), 0, 1)) → ?int div(1,if(parameters('u'),0,1)) of (1) 1..1
            copyIndex(1) → 3
            copyIndex('loop') → 2
            copyIndex('other') → refused: copyIndex() has a value only inside a copy loop, and of that loop or one around it.
            copyIndex(parameters('u')) → ? copyindex(parameters('u'))
        "#]],
    );
}

#[test]
fn containers() {
    check(
        r#"
createObject('a', 1, 'b', parameters('u')).a
createObject('a', 1, 'b', parameters('u')).b
createObject('a', parameters('u')).c
createObject(parameters('u'), 1).a
createArray(parameters('u'), 7)[1]
createArray(parameters('u'), 7)[2]
createArray(1, 2)[parameters('u')]
variables('sizes')[parameters('tier')]
variables('sizes')[parameters('u')]
variables('sizes')[concat('s', parameters('u'))]
parameters('u').storage.size
parameters('u').list[0].name
length(createArray(parameters('u'), 1))
contains(createArray(1, parameters('u')), 1)
contains(createArray(1, parameters('u')), 2)
contains(createObject('a', parameters('u')), 'A')
union(createObject('a', 1, 'b', 2), parameters('u'))
union(parameters('u'), createObject('a', 1))
union(parameters('u'), createObject('a', 1)).a
union(parameters('u'), createObject('a', 1)).b
union(createObject('t', createObject('x', 1)), createObject('t', parameters('u')))
union(createArray(1), createArray(parameters('u')))
union(createArray(1), createArray('a', parameters('size')))
shallowMerge(createArray(createObject('a', 1), parameters('u'), createObject('b', 2)))
intersection(createArray(1, 2), createArray(parameters('u'), 2))
items(createObject('b', parameters('u'), 'a', 1))
concat(createArray(1), parameters('u'))
flatten(createArray(createArray(1), createArray(parameters('u'))))
map(createArray(parameters('u'), 2), lambda('v', createObject('size', lambdaVariables('v'))))
filter(createArray(1, parameters('u')), lambda('v', greater(lambdaVariables('v'), 0)))
filter(createArray(createObject('n', 1, 'v', parameters('u'))), lambda('v', equals(lambdaVariables('v').n, 1)))
reduce(createArray(1, parameters('u')), 0, lambda('a', 'b', add(lambdaVariables('a'), lambdaVariables('b'))))
sort(createArray(2, parameters('u')), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))
map(parameters('u'), lambda('v', 1))
tryGet(parameters('u'), 'a')
tryGet(createObject('a', parameters('u')), 'a')
tryGet(union(parameters('u'), createObject('a', 1)), 'b')
listKeys(parameters('u'), '2020-01-01').keys[0].value
parameters(concat('si', 'ze'))
parameters(parameters('u'))
reference('x').y
"#,
        expect![[r#"
            createObject('a', 1, 'b', parameters('u')).a → 1
            createObject('a', 1, 'b', parameters('u')).b → ? parameters('u')
            createObject('a', parameters('u')).c → refused: The object has no property of this name.
            createObject(parameters('u'), 1).a → ?parameter 'u' has no value
            createArray(parameters('u'), 7)[1] → 7
            createArray(parameters('u'), 7)[2] → refused: The index is outside the array.
            createArray(1, 2)[parameters('u')] → ?int element([1,2,],parameters('u')) of (1 | 2) 1..2
            variables('sizes')[parameters('tier')] → ?int element({'small':64,'large':4095,},parameters('tier')) of (64 | 4095) 64..4095
            variables('sizes')[parameters('u')] → ?int element({'small':64,'large':4095,},parameters('u')) of (64 | 4095) 64..4095
            variables('sizes')[concat('s', parameters('u'))] → ?int element({'small':64,'large':4095,},concat('s',parameters('u'))) of (64 | 4095) 64..4095
            parameters('u').storage.size → ? parameters('u').storage.size
            parameters('u').list[0].name → ? parameters('u').list[0].name
            length(createArray(parameters('u'), 1)) → 2
            contains(createArray(1, parameters('u')), 1) → true
            contains(createArray(1, parameters('u')), 2) → ?bool contains([1,parameters('u'),],2)
            contains(createObject('a', parameters('u')), 'A') → true
            union(createObject('a', 1, 'b', 2), parameters('u')) → {a: ?parameter 'u' has no value, b: ?parameter 'u' has no value, …}
            union(parameters('u'), createObject('a', 1)) → {a: 1, …}
            union(parameters('u'), createObject('a', 1)).a → 1
            union(parameters('u'), createObject('a', 1)).b → ? parameters('u').b
            union(createObject('t', createObject('x', 1)), createObject('t', parameters('u'))) → {t: ?parameter 'u' has no value}
            union(createArray(1), createArray(parameters('u'))) → ? union([1,],[parameters('u'),])
            union(createArray(1), createArray('a', parameters('size'))) → [1, "a", ?int parameters('size') of (64 | 4096 | 8192)]
            shallowMerge(createArray(createObject('a', 1), parameters('u'), createObject('b', 2))) → {b: 2, …}
            intersection(createArray(1, 2), createArray(parameters('u'), 2)) → ? intersection([1,2,],[parameters('u'),2,])
            items(createObject('b', parameters('u'), 'a', 1)) → [{key: "a", value: 1}, {key: "b", value: ? parameters('u')}]
            concat(createArray(1), parameters('u')) → ? concat([1,],parameters('u'))
            flatten(createArray(createArray(1), createArray(parameters('u')))) → [1, ? parameters('u')]
            map(createArray(parameters('u'), 2), lambda('v', createObject('size', lambdaVariables('v')))) → [{size: ? parameters('u')}, {size: 2}]
            filter(createArray(1, parameters('u')), lambda('v', greater(lambdaVariables('v'), 0))) → ?array
            filter(createArray(createObject('n', 1, 'v', parameters('u'))), lambda('v', equals(lambdaVariables('v').n, 1))) → [{n: 1, v: ? parameters('u')}]
            reduce(createArray(1, parameters('u')), 0, lambda('a', 'b', add(lambdaVariables('a'), lambdaVariables('b')))) → ?int add(1,parameters('u'))
            sort(createArray(2, parameters('u')), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b')))) → ?array
            map(parameters('u'), lambda('v', 1)) → ?array
            tryGet(parameters('u'), 'a') → ? tryget(parameters('u'),'a')
            tryGet(createObject('a', parameters('u')), 'a') → ? parameters('u')
            tryGet(union(parameters('u'), createObject('a', 1)), 'b') → ?parameter 'u' has no value
            listKeys(parameters('u'), '2020-01-01').keys[0].value → secret ? listkeys(parameters('u'),'2020-01-01').keys[0].value
            parameters(concat('si', 'ze')) → ?int parameters('size') of (64 | 4096 | 8192)
            parameters(parameters('u')) → ? parameters(parameters('u'))
            reference('x').y → ? reference('x').y
        "#]],
    );
}

#[test]
fn secrets() {
    check(
        r#"
concat('a', parameters('secret'))
length(parameters('secret'))
empty(parameters('secret'))
equals(parameters('secret'), 'x')
if(equals(parameters('secret'), 'x'), 1, 2)
if(parameters('u'), parameters('secret'), 'x')
coalesce(parameters('secret'), 'x')
parameters('secretObject').size
createObject('a', 1, 'b', parameters('secret'))
createObject('a', 1, 'b', parameters('secret')).a
createObject('a', 1, 'b', parameters('secret')).b
createObject(parameters('secret'), 1)
variables('config').a
variables('config').key
string(variables('config'))
union(variables('config'), createObject('x', 1)).x
union(variables('config'), createObject('x', 1)).key
items(parameters('secretObject'))[0].key
items(variables('config'))[0].value
items(variables('config'))[1].value
objectKeys(parameters('secretObject'))
first(parameters('secret'))
take(parameters('list'), length(parameters('secret')))
createArray(1, 2)[sub(length(parameters('secret')), 13)]
tryGet(createArray(1, 2), sub(length(parameters('secret')), 13))
filter(createArray(1, 2), lambda('x', equals(lambdaVariables('x'), length(parameters('secret')))))
map(createArray(1, 2), lambda('x', parameters('secret')))[0]
toObject(createArray(1), lambda('x', parameters('secret')))
parameters('u')[parameters('secret')]
uniqueString(parameters('secret'), parameters('u'))
format('{0}{1}', parameters('secret'), parameters('u'))
guid(parameters('secret'))
listKeys('x', '2020-01-01').keys[0].value
reference(parameters('secret'))
parameters(parameters('secret'))
"#,
        expect![[r#"
            concat('a', parameters('secret')) → secret "ahunter2hunter2"
            length(parameters('secret')) → secret 14
            empty(parameters('secret')) → secret false
            equals(parameters('secret'), 'x') → secret false
            if(equals(parameters('secret'), 'x'), 1, 2) → secret 2
            if(parameters('u'), parameters('secret'), 'x') → secret ?text of (secret "hunter2hunter2" | "x")
            coalesce(parameters('secret'), 'x') → secret "hunter2hunter2"
            parameters('secretObject').size → secret 5
            createObject('a', 1, 'b', parameters('secret')) → {a: 1, b: secret "hunter2hunter2"}
            createObject('a', 1, 'b', parameters('secret')).a → 1
            createObject('a', 1, 'b', parameters('secret')).b → secret "hunter2hunter2"
            createObject(parameters('secret'), 1) → secret {hunter2hunter2: 1}
            variables('config').a → 1
            variables('config').key → secret "hunter2hunter2"
            string(variables('config')) → secret "{\"a\":1,\"key\":\"hunter2hunter2\"}"
            union(variables('config'), createObject('x', 1)).x → 1
            union(variables('config'), createObject('x', 1)).key → secret "hunter2hunter2"
            items(parameters('secretObject'))[0].key → secret "password"
            items(variables('config'))[0].value → 1
            items(variables('config'))[1].value → secret "hunter2hunter2"
            objectKeys(parameters('secretObject')) → secret ["password", "size"]
            first(parameters('secret')) → secret "h"
            take(parameters('list'), length(parameters('secret'))) → secret [128, 8192, 256]
            createArray(1, 2)[sub(length(parameters('secret')), 13)] → secret 2
            tryGet(createArray(1, 2), sub(length(parameters('secret')), 13)) → secret 2
            filter(createArray(1, 2), lambda('x', equals(lambdaVariables('x'), length(parameters('secret'))))) → secret []
            map(createArray(1, 2), lambda('x', parameters('secret')))[0] → secret "hunter2hunter2"
            toObject(createArray(1), lambda('x', parameters('secret'))) → secret {hunter2hunter2: 1}
            parameters('u')[parameters('secret')] → secret ?parameter 'u' has no value
            uniqueString(parameters('secret'), parameters('u')) → secret ?text
            format('{0}{1}', parameters('secret'), parameters('u')) → secret ?text "hunter2hunter2" <parameters('u')>
            guid(parameters('secret')) → secret "9fe8bbe4-f1f0-592e-b9dd-4a7363b27fa4"
            listKeys('x', '2020-01-01').keys[0].value → secret ? listkeys('x','2020-01-01').keys[0].value
            reference(parameters('secret')) → secret ?reference() is known only while Azure deploys
            parameters(parameters('secret')) → refused: Undefined parameter reference.
        "#]],
    );
}

#[test]
fn places() {
    check_places(
        r#"
5000
'abc'
parameters('known')
parameters('computed')
variables('big')
variables('sizes').large
parameters('object').disk.size
parameters('list')[1]
parameters('list')[sub(copyIndex(), 1)]
if(equals(parameters('text'), 'abc'), 5000, 128)
if(equals(parameters('text'), 'abc'), parameters('known'), 128)
coalesce(null(), parameters('known'))
first(createArray(parameters('known')))
createObject('size', 5000).size
createObject('size', parameters('known')).size
union(parameters('object'), createObject('x', 1)).disk.size
map(parameters('list'), lambda('x', createObject('size', lambdaVariables('x'))))[1].size
filter(parameters('list'), lambda('x', greater(lambdaVariables('x'), 1000)))[0]
mul(1024, parameters('known'))
add(mul(1024, parameters('known')), parameters('list')[0])
mul(variables('big'), 2)
format('{0}', parameters('known'))
concat('a', parameters('text'), toUpper(parameters('text')))
int(string(parameters('known')))
split(parameters('text'), 'b')[0]
reduce(parameters('list'), 0, lambda('a', 'b', max(lambdaVariables('a'), lambdaVariables('b'))))
copyIndex()
resourceGroup().location
add(parameters('u'), parameters('known'))
if(parameters('u'), 5000, 128)
"#,
        expect![[r#"
            5000
                written 5000
            'abc'
                written abc
            parameters('known')
                written 5000
                related parameters('known')
            parameters('computed')
                computed mul(1024, 5)
                related parameters('computed')
            variables('big')
                written 5000
                related parameters('known')
                related variables('big')
            variables('sizes').large
                written 4095
                related variables('sizes').large
            parameters('object').disk.size
                written 4096
                related parameters('object').disk.size
            parameters('list')[1]
                written 8192
                related parameters('list')[1]
            parameters('list')[sub(copyIndex(), 1)]
                written 8192
                related parameters('list')[sub(copyIndex(), 1)]
            if(equals(parameters('text'), 'abc'), 5000, 128)
                written 5000
            if(equals(parameters('text'), 'abc'), parameters('known'), 128)
                written 5000
                related parameters('known')
            coalesce(null(), parameters('known'))
                written 5000
                related parameters('known')
            first(createArray(parameters('known')))
                written 5000
                related parameters('known')
            createObject('size', 5000).size
                written 5000
            createObject('size', parameters('known')).size
                written 5000
                related parameters('known')
            union(parameters('object'), createObject('x', 1)).disk.size
                written 4096
                related union(parameters('object'), createObject('x', 1)).disk.size
            map(parameters('list'), lambda('x', createObject('size', lambdaVariables('x'))))[1].size
                written 8192
                related lambdaVariables('x')
            filter(parameters('list'), lambda('x', greater(lambdaVariables('x'), 1000)))[0]
                written 8192
                related filter(parameters('list'), lambda('x', greater(lambdaVariables('x'), 1000)))[0]
            mul(1024, parameters('known'))
                computed mul(1024, parameters('known'))
                related 5000
            add(mul(1024, parameters('known')), parameters('list')[0])
                computed add(mul(1024, parameters('known')), parameters('list')[0])
                related 5000
                related 128
            mul(variables('big'), 2)
                computed mul(variables('big'), 2)
                related 5000
            format('{0}', parameters('known'))
                computed format('{0}', parameters('known'))
                related 5000
            concat('a', parameters('text'), toUpper(parameters('text')))
                computed concat('a', parameters('text'), toUpper(parameters('text')))
                related abc
                related abc
            int(string(parameters('known')))
                computed int(string(parameters('known')))
                related 5000
            split(parameters('text'), 'b')[0]
                computed split(parameters('text'), 'b')[0]
                related abc
            reduce(parameters('list'), 0, lambda('a', 'b', max(lambdaVariables('a'), lambdaVariables('b'))))
                computed max(lambdaVariables('a'), lambdaVariables('b'))
                related 0
                related 128
                related 8192
                related 256
            copyIndex()
                computed copyIndex()
            resourceGroup().location
                computed resourceGroup().location
            add(parameters('u'), parameters('known'))
                computed add(parameters('u'), parameters('known'))
                related 5000
            if(parameters('u'), 5000, 128)
                computed if(parameters('u'), 5000, 128)
        "#]],
    );
}

/// Values that grow without end become unknown, and soon.
#[test]
fn bounds() {
    check(
        r#"
        reduce(range(0, 64), 'x', lambda('a', 'b', concat(lambdaVariables('a'), lambdaVariables('a'))))
        reduce(range(0, 64), createArray(1), lambda('a', 'b', createArray(lambdaVariables('a'), lambdaVariables('a'))))
        reduce(range(0, 64), createArray(1), lambda('a', 'b', concat(lambdaVariables('a'), lambdaVariables('a'))))
        length(reduce(range(0, 10000), createArray(1), lambda('a', 'b', createArray(lambdaVariables('a')))))
        map(range(0, 1000), lambda('a', map(range(0, 1000), lambda('b', map(range(0, 1000), lambda('c', 1))))))
        length(format('{0,100000}{0,100000}', 1))
        length(format('{0,1000000}', 1))
        length(format('{0:D100000000}', 1))
        length(string(map(range(0, 10000), lambda('a', format('{0:D1000}', lambdaVariables('a'))))))
        length(join(map(range(0, 1000), lambda('a', format('{0:D1000}', lambdaVariables('a')))), ''))
        length(replace(format('{0:D100000}', 1), '0', format('{0:D100000}', 1)))
        length(map(range(0, 10000), lambda('a', toUpper(format('{0:D100000}', 1)))))
        length(union(range(0, 10000), range(5000, 10000)))
        equals(map(range(0, 10000), lambda('a', 'x')), map(range(0, 10000), lambda('a', 'x')))
        "#,
        expect![[r#"
            reduce(range(0, 64), 'x', lambda('a', 'b', concat(lambdaVariables('a'), lambdaVariables('a')))) → ?too large to evaluate
            reduce(range(0, 64), createArray(1), lambda('a', 'b', createArray(lambdaVariables('a'), lambdaVariables('a')))) → [[[[[[[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]], [[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]]], [[[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]], [[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]]]], [[[[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]], [[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]]], [[[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]], [[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]]]]], [[[[[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]], [[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]]], [[[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]], [[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]]]], [[[[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]], [[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]]], [[[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]], [[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]]]]]], [[[[[[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]], [[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]]], [[[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]], [[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]]]], [[[[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]], [[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]]], [[[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]], [[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]]]]], [[[[[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]], [[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]]], [[[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]], [[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]]]], [[[[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]], [[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]]], [[[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]], [[[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]], [[[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]], [[[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]], [[[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]], [[?too large to evaluate, ?too large to evaluate], [?too large to evaluate, ?too large to evaluate]]]]]]]]]]]
            reduce(range(0, 64), createArray(1), lambda('a', 'b', concat(lambdaVariables('a'), lambdaVariables('a')))) → ?too large to evaluate
            length(reduce(range(0, 10000), createArray(1), lambda('a', 'b', createArray(lambdaVariables('a'))))) → 1
            map(range(0, 1000), lambda('a', map(range(0, 1000), lambda('b', map(range(0, 1000), lambda('c', 1)))))) → ?too large to evaluate
            length(format('{0,100000}{0,100000}', 1)) → ?int 0..
            length(format('{0,1000000}', 1)) → ?int 0..
            length(format('{0:D100000000}', 1)) → ?int 0..
            length(string(map(range(0, 10000), lambda('a', format('{0:D1000}', lambdaVariables('a')))))) → ?int 0..
            length(join(map(range(0, 1000), lambda('a', format('{0:D1000}', lambdaVariables('a')))), '')) → ?int 0..
            length(replace(format('{0:D100000}', 1), '0', format('{0:D100000}', 1))) → ?int 0..
            length(map(range(0, 10000), lambda('a', toUpper(format('{0:D100000}', 1))))) → ?too large to evaluate
            length(union(range(0, 10000), range(5000, 10000))) → 15000
            equals(map(range(0, 10000), lambda('a', 'x')), map(range(0, 10000), lambda('a', 'x'))) → true
        "#]],
    );
}

/// Nesting is bounded before the stack is.
#[test]
fn nesting() {
    let nested = |count: usize, open: &str, close: &str| format!("[{}1{}]", open.repeat(count), close.repeat(count));
    let shown = |text: &str| match template().evaluate_text(text) {
        Ok(value) => words(&value).chars().take(60).collect::<String>(),
        Err(Fail::Error { message, .. }) => format!("refused: {message}"),
        Err(Fail::Unknown(_)) => "stopped".to_owned(),
    };
    assert_eq!(shown(&nested(240, "if(true(),", ",2)")), "1");
    assert_eq!(shown(&nested(240, "add(1,", ")")), "241");
    assert_eq!(shown(&nested(80, "first(map(createArray(1), lambda('x', ", ")))")), "1");
    assert_eq!(shown(&nested(300, "add(1,", ")")), "?too large to evaluate");
    assert_eq!(shown(&nested(100_000, "concat(", ")")), "?too large to evaluate");
    assert_eq!(shown(&nested(100_000, "(", ")")), "?too large to evaluate");
    assert_eq!(shown(&format!("[parameters('u'){}]", "[0]".repeat(5_000))), "?too large to evaluate");
    assert_eq!(shown(&format!("[parameters('u'){}]", ".a".repeat(1_500))), "?too large to evaluate");
    assert!(shown(&format!("[parameters('u'){}]", ".a".repeat(900))).starts_with('?'));
    assert!(shown(&format!("[json('{}{}')]", "[".repeat(10_000), "]".repeat(10_000))).starts_with('?'));
}

/// Pieces that make expressions, good and bad.
fn expression() -> impl Strategy<Value = String> {
    let names: Vec<String> =
        crate::input::arm::functions::functions().map(|function| function.name.to_owned()).collect();
    let leaf = prop_oneof![
        Just("parameters('u')".to_owned()),
        Just("parameters('size')".to_owned()),
        Just("parameters('bounded')".to_owned()),
        Just("parameters('secret')".to_owned()),
        Just("parameters('object')".to_owned()),
        Just("lambdaVariables('x')".to_owned()),
        Just("null()".to_owned()),
        Just("json('1.5')".to_owned()),
        any::<i64>().prop_map(|int| int.to_string()),
        (-3_i64..40).prop_map(|int| int.to_string()),
        "[a-zA-Z0-9{}:.,/# é𝄞ßİ+%-]{0,12}".prop_map(|text| format!("'{text}'")),
        prop::sample::select(vec![
            "10.0.0.0/24",
            "2020-01-31T00:00:00Z",
            "P1D",
            "https://a.b/c",
            "{0:N2}",
            "{\"a\":[1]}",
            "A.B/c"
        ])
        .prop_map(|text| format!("'{text}'")),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            (prop::sample::select(names.clone()), prop::collection::vec(inner.clone(), 0..4))
                .prop_map(|(name, args)| format!("{name}({})", args.join(", "))),
            (inner.clone(), inner.clone()).prop_map(|(array, body)| format!("map({array}, lambda('x', {body}))")),
            (inner.clone(), inner.clone()).prop_map(|(base, index)| format!("createArray({base})[{index}]")),
            inner.prop_map(|base| format!("if(parameters('u'), {base}, 1).a")),
        ]
    })
}

/// The text of a secret never gets into a message or an identity.
fn tells(value: &Value) -> bool {
    match value.data() {
        data if value.is_secret() && !matches!(data, Data::Unknown(_)) => false,
        Data::Array(items) => items.iter().any(tells),
        Data::Object(object) => object.members.iter().any(|(_, member)| tells(member)),
        Data::Text(text) => text.contains("hunter2"),
        Data::Unknown(unknown) => {
            unknown.identity.as_ref().is_some_and(|identity| identity.to_lowercase().contains("hunter2"))
                || unknown.one_of.iter().any(tells)
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,60}") {
        let _ = expr::read(&text);
        let _ = expr::read(&format!("[{text}]"));
        let _ = expr::understood(&format!("[{text}]"));
    }

    #[test]
    fn any_pieces_are_read(pieces in prop::collection::vec(prop::sample::select(vec!["'", "''", "(", ")", "[", "]", ",", ".", "a", "é", " ", "1", "-", "\u{a0}"]), 0..30)) {
        let text = format!("[{}]", pieces.concat());
        let _ = expr::read(&text);
        if let Some(expr) = expr::understood(&text) {
            expr.walk(&mut |piece| assert!(text.get(piece.span.start as usize..piece.span.end as usize).is_some()));
        }
    }

    #[test]
    fn any_expression_is_evaluated(text in expression()) {
        match template().evaluate_text(&format!("[{text}]")) {
            Ok(value) => {
                prop_assert!(!tells(&value), "{text}");
                prop_assert!(value.depth() <= 256);
            }
            Err(Fail::Error { message, span, .. }) => {
                prop_assert!(!message.contains("hunter2"), "{text}: {message}");
                prop_assert!(span.end as usize <= text.len() + 2);
            }
            Err(Fail::Unknown(_)) => prop_assert!(false, "{text}"),
        }
    }
}
