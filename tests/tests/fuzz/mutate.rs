//! Damages documents and images: at single bytes, at whole parts, and so that the checksum still holds.

use flaghoist_core::value::Value;
use flaghoist_tests::random::Random;

/// Texts that a damaged document may get: what readers, operators and hosts stumble over.
const HOSTILE: [&str; 14] = [
    "",
    "$ref",
    "$flagd",
    "__proto__",
    "constructor",
    "\0",
    "\u{feff}",
    "𝄞",
    "1e999",
    "-0",
    "..",
    "99999999999999999999",
    "ENABLED",
    "%n%s",
];

/// Changes bytes: some flipped, replaced, cut out, doubled or moved.
pub fn bytes(input: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..random.below(6) + 1 {
        if input.is_empty() {
            return;
        }
        let at = random.below(input.len());
        let to = (at + random.below(16) + 1).min(input.len());
        match random.below(7) {
            0 => input[at] ^= 1 << random.below(8),
            1 => input[at] = random.any() as u8,
            2 => drop(input.drain(at..to)),
            3 => drop(input.splice(at..at, input[at..to].to_vec())),
            4 => input.truncate(at),
            5 => input[at] = *random.pick(b"{}[]\",:0-e.\\ \xff\xc3"),
            _ => {
                let other = random.below(input.len());
                input.swap(at, other);
            }
        }
    }
}

/// Changes one part of a tree, anywhere in it.
pub fn tree(value: &mut Value, random: &mut Random) {
    let inner: Option<&mut Value> = match value {
        Value::Array(items) if !items.is_empty() => {
            let at = random.below(items.len());
            items.get_mut(at)
        }
        Value::Object(map) if !map.is_empty() => {
            let at = random.below(map.len());
            map.values_mut().nth(at)
        }
        _ => None,
    };
    match inner {
        Some(inner) if random.chance(85) => tree(inner, random),
        _ => *value = replaced(std::mem::take(value), random),
    }
}

fn replaced(value: Value, random: &mut Random) -> Value {
    let name = (*random.pick(&HOSTILE)).to_owned();
    match random.below(9) {
        0 => Value::Null,
        1 => Value::String(name),
        2 => Value::Float(*random.pick(&[1e308, -1e-308, 0.1, 4_294_967_296.0, -1.0])),
        3 => Value::Array(vec![value.clone(), value]),
        4 => Value::Object([(name, value)].into()),
        5 => Value::Object([("and".to_owned(), value.clone()), (name, value)].into()),
        6 => nested(value, random.below(100), random),
        7 => Value::Int(*random.pick(&[i64::MIN, i64::MAX, -1, 0, 1 << 31])),
        _ => Value::Array(vec![value; 1 + random.below(40)]),
    }
}

/// The value under so many levels.
fn nested(value: Value, levels: usize, random: &mut Random) -> Value {
    let operator =
        (*random.pick(&["!", "if", "cat", "var", "fractional", "merge", "$ref"])).to_owned();
    (0..levels).fold(value, |inner, _| match random.below(2) {
        0 => Value::Array(vec![inner]),
        _ => Value::Object([(operator.clone(), inner)].into()),
    })
}

/// Changes an image in its words, mostly to numbers that could be places in it, and gives it the checksum and the length
/// its bytes ask for, as a hostile writer would.
pub fn image(image: &mut Vec<u8>, random: &mut Random) {
    let head = image[..8].to_vec();
    for _ in 0..random.below(8) + 1 {
        let words = image.len() / 4;
        let at = 4 * random.below(words.max(1));
        if at + 4 > image.len() {
            break;
        }
        let old = u32::from_le_bytes([image[at], image[at + 1], image[at + 2], image[at + 3]]);
        let new = match random.below(6) {
            0 => random.any() as u32,
            1 => random.below(64) as u32,
            2 => old.wrapping_add(random.below(9) as u32).wrapping_sub(4),
            3 => old ^ 1 << random.below(32),
            4 => *random.pick(&[0, u32::MAX, u32::MAX - 1, 0x7fff_ffff, 0xffff]),
            _ => words as u32,
        };
        image[at..at + 4].copy_from_slice(&new.to_le_bytes());
    }
    if random.chance(5) {
        image.truncate(64 + 4 * random.below(image.len() / 4));
    }
    // Magic, format and hash version.
    image[..8].copy_from_slice(&head);
    if random.chance(5) {
        image[6] ^= 1;
    }
    seal(image);
}

/// An image whose one value of metadata is a list of lists, each of the two before it: small to send, endless to read.
/// Made from the image of a document without flags, whose entries (`core/src/ruleset/layout.rs`) would begin behind the
/// header.
pub fn bomb(empty: &[u8], levels: u32) -> Vec<u8> {
    const LIST: u32 = 6;
    let (head, rest) = empty.split_at(64);
    let mut image = head.to_vec();
    image[36..40].copy_from_slice(&levels.to_le_bytes());
    image[56..60].copy_from_slice(&(levels - 1).to_le_bytes());
    image[60] = 1;
    for at in 0..levels {
        let words = if at < 2 {
            [0; 4]
        } else {
            [0, LIST << 24, at - 2, 2]
        };
        image.extend(words.into_iter().flat_map(u32::to_le_bytes));
    }
    image.extend_from_slice(rest);
    seal(&mut image);
    image
}

/// Length and checksum (of all but itself) as they should be.
fn seal(image: &mut [u8]) {
    if image.len() < 64 {
        return;
    }
    let length = (image.len() as u32).to_le_bytes();
    image[8..12].copy_from_slice(&length);
    let summed = [&image[..12], &image[16..]].concat();
    let checksum = murmur3::murmur3_32(&mut summed.as_slice(), 0).unwrap();
    image[12..16].copy_from_slice(&checksum.to_le_bytes());
}
