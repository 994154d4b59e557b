//! The functions of template expressions: one table, a row for each.
//!
//! A row says what a function takes and gives and how its value relates to its arguments; the code behind it lies in
//! the files of this folder. Strict functions get evaluated arguments and answer [`Stop::Unknown`] when these are not
//! known well enough; special forms get expressions. Messages name functions, positions and types, never values.

mod array;
mod cidr;
mod collation;
mod date;
mod encoding;
mod environment;
mod format;
mod id;
mod json;
mod lambda;
mod logic;
mod number;
mod object;
#[cfg(test)]
mod tests;
mod text;
mod uri;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use crate::input::arm::eval::{self, Evaluator, Fail};
use crate::input::arm::expr::{Expr, Name};
use crate::value::{Data, Kind, Object, Value};

/// One function.
pub struct Function {
    pub name: &'static str,
    pub least: u8,
    /// `None`: any number.
    pub most: Option<u8>,
    /// What it does, in one line, for hovers and completion.
    pub summary: &'static str,
    /// The type of what it returns, where that is always the same.
    pub gives: Option<Kind>,
    takes: &'static [Types],
    pub(super) flow: Flow,
    pub(super) run: Run,
}

/// How the value of a function relates to its arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// It is computed from them.
    Computes,
    /// It is one of them or a part of one.
    Picks,
    /// It is a container that holds them, or parts of them, as they are.
    Builds,
    /// It tells the size of a container; what is secret inside does not make that a secret.
    Counts,
}

/// The code of a function.
#[derive(Clone, Copy)]
pub(super) enum Run {
    Strict(fn(&Call) -> Answer),
    Special(for<'e> fn(&Evaluator, &Form<'e>) -> Result<Value, Fail>),
}

pub(super) type Answer = Result<Value, Stop>;

/// Why a strict function has no value.
pub(super) enum Stop {
    /// Azure would refuse the call.
    Refused(String),
    /// It depends on something unknown.
    Unknown,
    TooLarge,
    Fail(Fail),
}

/// A call of a strict function.
pub(super) struct Call<'a> {
    pub function: &'static Function,
    pub args: &'a [Value],
    pub evaluator: &'a Evaluator<'a>,
}

/// A call of a special form. `place` is the range that its value is said to come from.
pub(super) struct Form<'e> {
    pub function: &'static Function,
    pub name: &'e Name,
    pub args: &'e [Expr],
    pub span: &'e Range<u32>,
    pub place: &'e Range<u32>,
}

/// A set of types.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Types(u8);

const NULL: Types = Types(1);
const BOOL: Types = Types(2);
const INT: Types = Types(4);
const FLOAT: Types = Types(8);
const TEXT: Types = Types(16);
const ARRAY: Types = Types(32);
const OBJECT: Types = Types(64);
const ANY: Types = Types(127);
const NUMBER: Types = INT.or(FLOAT);
const SCALAR: Types = TEXT.or(INT).or(BOOL);
const LIST_OR_OBJECT: Types = ARRAY.or(OBJECT);
const TEXT_OR_LIST: Types = TEXT.or(ARRAY);

impl Types {
    const fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    pub(super) fn contains(self, value: &Value) -> bool {
        let bit = match value.kind() {
            None => return true,
            Some(Kind::Null) => NULL,
            Some(Kind::Bool) => BOOL,
            Some(Kind::Int) => INT,
            Some(Kind::Float) => FLOAT,
            Some(Kind::Text) => TEXT,
            Some(Kind::Array) => ARRAY,
            Some(Kind::Object) => OBJECT,
        };
        self.0 & bit.0 != 0
    }

    fn words(self) -> String {
        let names = [
            (TEXT, "a string"),
            (INT, "an integer"),
            (FLOAT, "a number"),
            (BOOL, "a boolean"),
            (ARRAY, "an array"),
            (OBJECT, "an object"),
            (NULL, "null"),
        ];
        let names: Vec<&str> = names.iter().filter(|(types, _)| self.0 & types.0 != 0).map(|(_, name)| *name).collect();
        match names.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, names)) => format!("{} or {last}", names.join(", ")),
            None => "nothing".to_owned(),
        }
    }
}

const fn strict(
    name: &'static str,
    (least, most): (u8, u8),
    takes: &'static [Types],
    gives: Option<Kind>,
    run: fn(&Call) -> Answer,
    summary: &'static str,
) -> Function {
    let most = if most == MANY { None } else { Some(most) };
    Function { name, least, most, summary, gives, takes, flow: Flow::Computes, run: Run::Strict(run) }
}

const fn special(
    name: &'static str,
    (least, most): (u8, u8),
    run: for<'e> fn(&Evaluator, &Form<'e>) -> Result<Value, Fail>,
    summary: &'static str,
) -> Function {
    let most = if most == MANY { None } else { Some(most) };
    Function { name, least, most, summary, gives: None, takes: &[ANY], flow: Flow::Computes, run: Run::Special(run) }
}

const MANY: u8 = u8::MAX;

const BOOLEAN: Option<Kind> = Some(Kind::Bool);
const INTEGER: Option<Kind> = Some(Kind::Int);
const STRING: Option<Kind> = Some(Kind::Text);
const LIST: Option<Kind> = Some(Kind::Array);
const MAP: Option<Kind> = Some(Kind::Object);

impl Function {
    const fn picks(mut self) -> Function {
        self.flow = Flow::Picks;
        self
    }

    const fn counts(mut self) -> Function {
        self.flow = Flow::Counts;
        self
    }

    const fn builds(mut self) -> Function {
        self.flow = Flow::Builds;
        self
    }

    /// The types that the argument at this position may have; the last ones hold for all further arguments.
    pub(super) fn takes(&self, at: usize) -> Types {
        *self.takes.get(at).or(self.takes.last()).unwrap_or(&ANY)
    }

    pub(super) fn type_error(&self, at: usize, arg: &Value) -> String {
        let (name, at, takes) = (self.name, at + 1, self.takes(at).words());
        format!("{name}() takes {takes} as argument {at}, not {}.", eval::a_kind(arg, false))
    }

    pub(super) fn arity_error(&self, written: &str, count: usize) -> Option<String> {
        let (least, most) = (usize::from(self.least), self.most.map(usize::from));
        if count >= least && most.is_none_or(|most| count <= most) {
            return None;
        }
        Some(match most {
            Some(most) if most == least => format!("The function '{written}' takes {least} argument(s)."),
            Some(most) => format!("The function '{written}' takes between {least} and {most} arguments."),
            None => format!("The function '{written}' takes at least {least} argument(s)."),
        })
    }
}

/// The function of that name, letter case ignored.
pub fn function(name: &str) -> Option<&'static Function> {
    static BY_NAME: LazyLock<HashMap<String, &'static Function>> =
        LazyLock::new(|| FUNCTIONS.iter().map(|function| (function.name.to_ascii_lowercase(), function)).collect());
    let name = name.to_ascii_lowercase();
    BY_NAME.get(&name).copied().or_else(|| name.starts_with("list").then_some(&LIST_ACTION))
}

/// Every function but the `list…` ones, of which there are as many as Azure has actions.
pub fn functions() -> impl Iterator<Item = &'static Function> {
    FUNCTIONS.iter()
}

impl<'a> Call<'a> {
    pub fn arg(&self, at: usize) -> Option<&'a Value> {
        self.args.get(at)
    }

    pub fn text(&self, at: usize) -> Result<&'a str, Stop> {
        self.args.get(at).and_then(Value::as_text).ok_or(Stop::Unknown)
    }

    pub fn int(&self, at: usize) -> Result<i64, Stop> {
        self.args.get(at).and_then(Value::as_int).ok_or(Stop::Unknown)
    }

    pub fn array(&self, at: usize) -> Result<&'a [Value], Stop> {
        self.args.get(at).and_then(Value::as_array).ok_or(Stop::Unknown)
    }

    pub fn object(&self, at: usize) -> Result<&'a Object, Stop> {
        self.args.get(at).and_then(Value::as_object).ok_or(Stop::Unknown)
    }

    /// An argument of which every part is known.
    pub fn known(&self, at: usize) -> Result<&'a Value, Stop> {
        self.args.get(at).filter(|value| value.is_wholly_known()).ok_or(Stop::Unknown)
    }

    /// The elements of an array argument, secret if the array as a whole is.
    pub fn items(&self, at: usize) -> Result<Vec<Value>, Stop> {
        let array = &self.args[at];
        self.spend(self.array(at)?.len())?;
        Ok(self.array(at)?.iter().map(|item| part(item, array)).collect())
    }

    pub fn spend(&self, steps: usize) -> Result<(), Stop> {
        Ok(self.evaluator.scope.spend(u32::try_from(steps).unwrap_or(u32::MAX))?)
    }

    /// An error of Azure's: `what` follows the function's name.
    pub fn refuse<T>(&self, what: &str) -> Result<T, Stop> {
        Err(Stop::Refused(format!("{}() {what}.", self.function.name)))
    }
}

impl<'e> Form<'e> {
    pub fn refuse<T>(&self, what: &str) -> Result<T, Fail> {
        Err(Fail::error(format!("{}() {what}.", self.function.name), self.span))
    }
}

impl From<Fail> for Stop {
    fn from(fail: Fail) -> Stop {
        Stop::Fail(fail)
    }
}

/// A part of an argument; the mark of the whole goes with it, its origin need not.
fn part(part: &Value, whole: &Value) -> Value {
    if whole.is_secret() { part.clone().secret() } else { part.clone() }
}

fn bool(bool: bool) -> Value {
    Value::new(Data::Bool(bool))
}

fn int(int: i64) -> Value {
    Value::new(Data::Int(int))
}

fn length(count: usize) -> Value {
    int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn object(members: Vec<(Arc<str>, Value)>) -> Value {
    Value::object(members)
}

/// `listKeys` and all its like: an action that Azure runs.
static LIST_ACTION: Function =
    special("list…", (0, MANY), environment::list_action, "Runs a list action of a resource, known only in Azure.");

static FUNCTIONS: &[Function] = &[
    // Texts.
    strict("base64", (1, 1), &[TEXT], STRING, encoding::base64, "Encodes a string in Base64."),
    strict("base64ToString", (1, 1), &[TEXT], STRING, encoding::base64_to_string, "Decodes a Base64 string."),
    strict("base64ToJson", (1, 1), &[TEXT], None, encoding::base64_to_json, "Decodes Base64 and reads it as JSON."),
    strict("dataUri", (1, 1), &[ANY], STRING, encoding::data_uri, "Makes a data: URI of a value."),
    strict(
        "dataUriToString",
        (1, 1),
        &[TEXT],
        STRING,
        encoding::data_uri_to_string,
        "The text that a data: URI holds.",
    ),
    strict("endsWith", (2, 2), &[TEXT], BOOLEAN, text::ends_with, "Whether a string ends so, letter case ignored."),
    strict("format", (1, MANY), &[TEXT, ANY], STRING, format::format, "Puts values into the {0} places of a string."),
    strict("guid", (1, MANY), &[TEXT], STRING, encoding::guid, "A GUID that follows from the given strings."),
    strict("join", (2, 2), &[ARRAY, TEXT], STRING, text::join, "Joins the elements of an array with a separator."),
    strict("json", (1, 1), &[TEXT], None, json::json, "Reads a string as JSON."),
    strict("padLeft", (2, 3), &[TEXT.or(INT), INT, TEXT], STRING, text::pad_left, "Fills a string on the left."),
    strict("replace", (3, 3), &[TEXT], STRING, text::replace, "Replaces every occurrence of a string."),
    strict("split", (2, 2), &[TEXT, TEXT_OR_LIST], LIST, text::split, "Splits a string at separators."),
    strict(
        "startsWith",
        (2, 2),
        &[TEXT],
        BOOLEAN,
        text::starts_with,
        "Whether a string begins so, letter case ignored.",
    ),
    strict("string", (1, 1), &[SCALAR.or(LIST_OR_OBJECT)], STRING, json::string, "Writes a value as a string."),
    strict("substring", (2, 3), &[TEXT, INT], STRING, text::substring, "A part of a string, from a 0-based start."),
    strict("toLower", (1, 1), &[TEXT], STRING, text::to_lower, "A string in lower case."),
    strict("toUpper", (1, 1), &[TEXT], STRING, text::to_upper, "A string in upper case."),
    strict("trim", (1, 1), &[TEXT], STRING, text::trim, "A string without blanks at its ends."),
    strict(
        "uniqueString",
        (1, MANY),
        &[TEXT],
        STRING,
        encoding::unique_string,
        "13 characters that follow from the given strings.",
    ),
    strict("uri", (2, 2), &[TEXT], STRING, uri::uri, "An absolute URI from a base and a relative one."),
    strict("uriComponent", (1, 1), &[TEXT], STRING, uri::uri_component, "Percent-encodes a string."),
    strict(
        "uriComponentToString",
        (1, 1),
        &[TEXT],
        STRING,
        uri::uri_component_to_string,
        "Decodes a percent-encoded string.",
    ),
    strict("parseUri", (1, 1), &[TEXT], MAP, uri::parse_uri, "The parts of a URI."),
    strict("buildUri", (1, 1), &[OBJECT], STRING, uri::build_uri, "A URI from its parts."),
    // Texts and arrays.
    strict("concat", (0, MANY), &[SCALAR.or(ARRAY)], None, text::concat, "Joins strings, or arrays.").builds(),
    strict(
        "contains",
        (2, 2),
        &[TEXT_OR_LIST.or(OBJECT), ANY],
        BOOLEAN,
        array::contains,
        "Whether a string, array or object holds something.",
    ),
    strict(
        "empty",
        (1, 1),
        &[TEXT_OR_LIST.or(OBJECT).or(NULL)],
        BOOLEAN,
        array::empty,
        "Whether a value is empty or null.",
    )
    .counts(),
    strict("first", (1, 1), &[TEXT_OR_LIST], None, array::first, "The first element or character.").picks(),
    strict("last", (1, 1), &[TEXT_OR_LIST], None, array::last, "The last element or character.").picks(),
    strict("indexOf", (2, 2), &[TEXT_OR_LIST, ANY], INTEGER, array::index_of, "Where something first occurs, or -1."),
    strict(
        "lastIndexOf",
        (2, 2),
        &[TEXT_OR_LIST, ANY],
        INTEGER,
        array::last_index_of,
        "Where something last occurs, or -1.",
    ),
    strict(
        "length",
        (1, 1),
        &[TEXT_OR_LIST.or(OBJECT)],
        INTEGER,
        array::length,
        "The number of elements, characters or properties.",
    )
    .counts(),
    strict("skip", (2, 2), &[TEXT_OR_LIST, INT], None, array::skip, "An array or string without its first elements.")
        .builds(),
    strict("take", (2, 2), &[TEXT_OR_LIST, INT], None, array::take, "The first elements of an array or string.")
        .builds(),
    // Arrays.
    strict("array", (1, 1), &[ANY], LIST, array::array, "The value as an array.").picks(),
    strict("createArray", (0, MANY), &[ANY], LIST, array::create_array, "An array of the given values.").builds(),
    strict("distinct", (1, 1), &[ARRAY], LIST, array::distinct, "An array without repeated elements.").builds(),
    strict("flatten", (1, 1), &[ARRAY], LIST, array::flatten, "The elements of the arrays in an array.").builds(),
    strict(
        "indexFromEnd",
        (2, 2),
        &[ARRAY, INT],
        None,
        array::index_from_end,
        "An element, counted from 1 at the end.",
    )
    .picks(),
    strict(
        "tryIndexFromEnd",
        (2, MANY),
        &[ANY],
        None,
        array::try_index_from_end,
        "An element counted from the end, or null.",
    )
    .picks(),
    strict("range", (2, 2), &[INT], LIST, array::range, "Integers that follow one another."),
    strict(
        "intersection",
        (2, MANY),
        &[LIST_OR_OBJECT],
        None,
        object::intersection,
        "What all the arrays or objects share.",
    )
    .builds(),
    strict(
        "union",
        (2, MANY),
        &[LIST_OR_OBJECT],
        None,
        object::union,
        "The arrays or objects in one; later values win.",
    )
    .builds(),
    // Objects.
    strict("createObject", (0, MANY), &[ANY], MAP, object::create_object, "An object of the given keys and values.")
        .builds(),
    strict("items", (1, 1), &[OBJECT], LIST, object::items, "The key and value of each property, sorted by key.")
        .builds(),
    strict("objectKeys", (1, 1), &[OBJECT], LIST, object::object_keys, "The keys of an object, sorted."),
    strict("shallowMerge", (1, 1), &[ARRAY], MAP, object::shallow_merge, "Objects in one, nested ones replaced.")
        .builds(),
    strict("tryGet", (2, MANY), &[ANY], None, object::try_get, "A property or element, or null where there is none.")
        .picks(),
    // Logic and comparison.
    special("and", (2, MANY), logic::and, "Whether all are true."),
    special("or", (2, MANY), logic::or, "Whether one is true."),
    strict("not", (1, 1), &[BOOL], BOOLEAN, logic::not, "The other truth value."),
    special("if", (3, 3), logic::choose, "One of two values, by a condition; only that one is evaluated."),
    special("coalesce", (0, MANY), logic::coalesce, "The first value that is not null."),
    strict("bool", (1, 1), &[ANY], BOOLEAN, logic::to_bool, "Converts to a boolean."),
    strict("true", (0, 0), &[], BOOLEAN, logic::yes, "true."),
    strict("false", (0, 0), &[], BOOLEAN, logic::no, "false."),
    strict("null", (0, 0), &[], Some(Kind::Null), logic::null, "null."),
    strict("equals", (2, 2), &[ANY], BOOLEAN, logic::equals, "Whether two values are equal in type and content."),
    strict("less", (2, 2), &[NUMBER.or(TEXT)], BOOLEAN, logic::less, "Whether the first comes before the second."),
    strict(
        "lessOrEquals",
        (2, 2),
        &[NUMBER.or(TEXT)],
        BOOLEAN,
        logic::less_or_equals,
        "Whether the first comes before the second or is equal.",
    ),
    strict("greater", (2, 2), &[NUMBER.or(TEXT)], BOOLEAN, logic::greater, "Whether the first comes after the second."),
    strict(
        "greaterOrEquals",
        (2, 2),
        &[NUMBER.or(TEXT)],
        BOOLEAN,
        logic::greater_or_equals,
        "Whether the first comes after the second or is equal.",
    ),
    // Numbers.
    strict("add", (2, 2), &[INT], INTEGER, number::add, "The sum of two integers."),
    strict("sub", (2, 2), &[INT], INTEGER, number::sub, "The difference of two integers."),
    strict("mul", (2, 2), &[INT], INTEGER, number::mul, "The product of two integers."),
    strict("div", (2, 2), &[INT], INTEGER, number::div, "The quotient of two integers, its fraction dropped."),
    strict(
        "mod",
        (2, 2),
        &[INT],
        INTEGER,
        number::modulo,
        "The remainder of a division, with the sign of the dividend.",
    ),
    strict("int", (1, 1), &[TEXT.or(INT)], INTEGER, number::to_int, "Converts to an integer."),
    strict("float", (1, 1), &[ANY], Some(Kind::Float), number::to_float, "Converts to a number with a fraction."),
    strict("max", (1, MANY), &[NUMBER.or(ARRAY)], None, number::max, "The greatest of some numbers."),
    strict("min", (1, MANY), &[NUMBER.or(ARRAY)], None, number::min, "The smallest of some numbers."),
    // Dates.
    strict("dateTimeAdd", (2, 3), &[TEXT], STRING, date::date_time_add, "A time moved by an ISO 8601 duration."),
    strict(
        "dateTimeFromEpoch",
        (1, 1),
        &[TEXT.or(INT)],
        STRING,
        date::date_time_from_epoch,
        "The time so many seconds after 1970.",
    ),
    strict("dateTimeToEpoch", (1, 1), &[TEXT], INTEGER, date::date_time_to_epoch, "The seconds from 1970 to a time."),
    special("utcNow", (0, 1), environment::utc_now, "The time of the deployment; in parameter defaults only."),
    special("newGuid", (0, 0), environment::new_guid, "A random GUID; in parameter defaults only."),
    // Networks.
    strict(
        "cidrHost",
        (2, 2),
        &[TEXT, INT],
        STRING,
        cidr::cidr_host,
        "An address in a network; 0 is the first usable one.",
    ),
    strict(
        "cidrSubnet",
        (3, 3),
        &[TEXT, INT, INT],
        STRING,
        cidr::cidr_subnet,
        "One of the equal subnets of a network.",
    ),
    strict("parseCidr", (1, 1), &[TEXT], MAP, cidr::parse_cidr, "The addresses and mask of a network."),
    // Lambdas.
    special(
        "lambda",
        (0, MANY),
        lambda::misplaced,
        "A function of named variables, as an argument of map(), filter() and their like.",
    ),
    special("lambdaVariables", (1, 1), lambda::lambda_variables, "The value of a lambda's variable."),
    special("filter", (2, 2), lambda::filter, "The elements for which a lambda is true."),
    special("map", (2, 2), lambda::map, "What a lambda makes of each element."),
    special("mapValues", (2, 2), lambda::map_values, "What a lambda makes of each property's value."),
    special("reduce", (3, 3), lambda::reduce, "What a lambda makes of all elements, one after the other."),
    special("sort", (2, 2), lambda::sort, "The elements in the order that a lambda tells."),
    special("toObject", (2, 3), lambda::to_object, "An object with a key, and a value, from each element."),
    special("groupBy", (2, 3), lambda::group_by, "An object of arrays: the elements by their keys."),
    // The template.
    special("parameters", (1, 1), environment::parameters, "The value of a parameter."),
    special("variables", (1, 1), environment::variables, "The value of a variable."),
    special("copyIndex", (0, 2), environment::copy_index, "The 0-based index of a copy loop."),
    special("fail", (1, 1), environment::fail, "Stops the deployment with a message."),
    // Ids.
    strict(
        "resourceId",
        (2, MANY),
        &[TEXT],
        STRING,
        id::resource_id,
        "The id of a resource, in this group or another.",
    ),
    strict(
        "subscriptionResourceId",
        (2, MANY),
        &[TEXT],
        STRING,
        id::subscription_resource_id,
        "The id of a resource of a subscription.",
    ),
    strict(
        "tenantResourceId",
        (2, MANY),
        &[TEXT],
        STRING,
        id::tenant_resource_id,
        "The id of a resource of the tenant.",
    ),
    strict(
        "managementGroupResourceId",
        (2, MANY),
        &[TEXT],
        STRING,
        id::management_group_resource_id,
        "The id of a resource of a management group.",
    ),
    strict(
        "extensionResourceId",
        (3, MANY),
        &[TEXT],
        STRING,
        id::extension_resource_id,
        "The id of a resource that extends another.",
    ),
    // What surrounds the deployment.
    special("deployment", (0, 0), environment::deployment, "The deployment itself."),
    special("deployer", (0, 0), environment::deployer, "Who deploys."),
    special("environment", (0, 0), environment::environment, "The Azure cloud that is deployed to."),
    special("resourceGroup", (0, 0), environment::resource_group, "The resource group that is deployed to."),
    special("subscription", (0, 0), environment::subscription, "The subscription that is deployed to."),
    special("tenant", (0, 0), environment::tenant, "The tenant that is deployed to."),
    special("managementGroup", (0, 0), environment::management_group, "The management group that is deployed to."),
    // Known only in Azure.
    special("reference", (1, 3), environment::reference, "The run-time state of a resource."),
    special("references", (1, 2), environment::references, "The run-time state of all resources of a loop."),
    special("resourceInfo", (1, 1), environment::resource_info, "The id, name, type and API version of a resource."),
    special(
        "pickZones",
        (3, 5),
        environment::run_time,
        "Availability zones that a resource type supports, known only in Azure.",
    ),
    special("toLogicalZone", (3, 3), environment::run_time, "The logical zone of a physical one, known only in Azure."),
    special(
        "toLogicalZones",
        (3, 3),
        environment::run_time,
        "The logical zones of physical ones, known only in Azure.",
    ),
    special(
        "toPhysicalZone",
        (3, 3),
        environment::run_time,
        "The physical zone of a logical one, known only in Azure.",
    ),
    special(
        "toPhysicalZones",
        (3, 3),
        environment::run_time,
        "The physical zones of logical ones, known only in Azure.",
    ),
    special("roleDefinitions", (1, 1), environment::run_time, "A built-in role, known only in Azure."),
    special("providers", (1, 2), environment::run_time, "A resource provider, known only in Azure."),
    special("target", (0, MANY), environment::of_language_version_2, "The target of an extension's configuration."),
    special("extensions", (1, 1), environment::of_language_version_2, "An extension of the template."),
    special("externalInput", (1, 2), environment::run_time, "A value from outside, in parameter files."),
    special("externalInputs", (1, 1), environment::run_time, "A value from outside, in parameter files."),
];
