//! Networks and addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Answer, Call, Stop, int, object};
use crate::value::Value;

/// A network: its first address and the length of its prefix.
struct Network {
    first: u128,
    prefix: u32,
    bits: u32,
}

pub fn parse_cidr(call: &Call) -> Answer {
    let network = network(call)?;
    let last = network.first | network.host_mask();
    let text = |address| network.show(address).map(Value::text);
    let mut members = vec![("network".into(), text(network.first)?), ("netmask".into(), text(network.mask())?)];
    let (first_usable, last_usable) = match (network.bits, network.bits - network.prefix) {
        (32, 0 | 1) => (network.first, network.first),
        (32, _) => (network.first + 1, last - 1),
        _ => (network.first, last),
    };
    if network.bits == 32 {
        members.push(("broadcast".into(), text(last)?));
    }
    members.extend([
        ("firstUsable".into(), text(first_usable)?),
        ("lastUsable".into(), text(last_usable)?),
        ("cidr".into(), int(i64::from(network.prefix))),
    ]);
    Ok(object(members))
}

pub fn cidr_subnet(call: &Call) -> Answer {
    let network = network(call)?;
    let (prefix, index) = (call.int(1)?, call.int(2)?);
    let Some(prefix) = u32::try_from(prefix).ok().filter(|prefix| (network.prefix..=network.bits).contains(prefix))
    else {
        return call.refuse("makes subnets with a prefix at least as long as the network's");
    };
    let count = 1_u128.checked_shl(prefix - network.prefix).unwrap_or(u128::MAX);
    let Some(index) = u128::try_from(index).ok().filter(|index| *index < count) else {
        return call.refuse("has fewer subnets than that");
    };
    let first = network.first + index.checked_shl(network.bits - prefix).unwrap_or(0);
    Ok(Value::text(format!("{}/{prefix}", network.show(first)?)))
}

/// `cidrHost(network, 0)` is the first address after the network's own.
pub fn cidr_host(call: &Call) -> Answer {
    let network = network(call)?;
    let index = i128::from(call.int(1)?) + 1;
    // The last address does not count, but that of -1 is always there.
    match u128::try_from(index).ok().filter(|index| *index < network.host_mask().max(1)) {
        Some(index) => Ok(Value::text(network.show(network.first + index)?)),
        None => call.refuse("has fewer addresses than that"),
    }
}

impl Network {
    fn host_mask(&self) -> u128 {
        let all = if self.bits == 32 { u128::from(u32::MAX) } else { u128::MAX };
        all & !self.mask()
    }

    fn mask(&self) -> u128 {
        let all = if self.bits == 32 { u128::from(u32::MAX) } else { u128::MAX };
        let hosts = u128::MAX.checked_shr(128 - (self.bits - self.prefix)).unwrap_or(0);
        all & !hosts
    }

    fn show(&self, address: u128) -> Result<String, Stop> {
        if self.bits == 32 {
            return Ok(Ipv4Addr::from(address as u32).to_string());
        }
        let groups = Ipv6Addr::from(address).segments();
        // .NET writes the end of these as an address of version 4, not always as Rust does.
        let embedded = match groups {
            [0, 0, 0, 0, 0, 0, high, _] => high != 0,
            [0, 0, 0, 0, 0xffff, 0, ..] => true,
            [_, _, _, _, 0, 0x5efe, ..] => true,
            _ => false,
        };
        if embedded { Err(Stop::Unknown) } else { Ok(Ipv6Addr::from(address).to_string()) }
    }
}

/// Reads the first argument. Without a prefix, the class of the address tells it, as in the old days.
fn network(call: &Call) -> Result<Network, Stop> {
    let text = call.text(0)?.trim();
    let pieces: Vec<&str> = text.split(['/', ' ']).filter(|piece| !piece.is_empty()).collect();
    let (address, prefix) = match &pieces[..] {
        [address] => (*address, None),
        [address, prefix] => (*address, Some(*prefix)),
        _ => return call.refuse("takes a network such as '10.0.0.0/24'"),
    };
    let (address, bits) = match address.contains(':') {
        true => match address.split('%').next().unwrap_or(address).parse::<Ipv6Addr>() {
            Ok(address) => (u128::from(address), 128),
            Err(_) => return call.refuse("takes a network such as '10.0.0.0/24'"),
        },
        false => match version_4(address) {
            Some(address) => (u128::from(address), 32),
            None => return call.refuse("takes a network such as '10.0.0.0/24'"),
        },
    };
    let prefix = match prefix {
        Some(prefix) => match prefix.parse::<u32>() {
            Ok(prefix) if prefix <= bits => prefix,
            // A mask in place of a prefix.
            _ if prefix.contains(['.', ':']) => return Err(Stop::Unknown),
            _ => return call.refuse("takes a network whose prefix is not longer than an address"),
        },
        None if bits == 32 => match address >> 24 {
            0..=127 => 8,
            128..=191 => 16,
            192..=223 => 24,
            _ => return Err(Stop::Unknown),
        },
        None => return Err(Stop::Unknown),
    };
    let network = Network { first: address, prefix, bits };
    Ok(Network { first: address & network.mask(), ..network })
}

/// An address of up to four numbers, the last of which fills what is left; a leading zero means octal.
fn version_4(text: &str) -> Option<u32> {
    let numbers = text.split('.').map(|number| {
        let digits = number.bytes().all(|digit| digit.is_ascii_digit()) && !number.is_empty();
        let octal = number.len() > 1 && number.starts_with('0');
        digits.then(|| u32::from_str_radix(number, if octal { 8 } else { 10 }).ok()).flatten()
    });
    let numbers: Vec<u32> = numbers.collect::<Option<_>>()?;
    let (last, leading) = numbers.split_last().filter(|(_, leading)| leading.len() < 4)?;
    let mut address = 0;
    for (at, number) in leading.iter().enumerate() {
        address |= u32::from(u8::try_from(*number).ok()?) << (24 - 8 * at);
    }
    let room = 32 - 8 * leading.len() as u32;
    (room == 32 || *last < 1 << room).then_some(address | last)
}
