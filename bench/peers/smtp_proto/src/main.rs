//! smtp-proto over the files of gen_corpus.py: smtp-proto-bench CORPUS SECONDS [NAME...].
//!
//! Prints one JSON object a line: name, items, octets (both of one pass over the file), nanoseconds (processor time of
//! one pass). The names are those of the benchmark programs beside it.

use smtp_proto::request::receiver::DataReceiver;
use smtp_proto::response::parser::ResponseReceiver;
use smtp_proto::{EhloResponse, Error, Request};
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;

fn processor_nanoseconds() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // Every Linux has this clock, and `time` is valid during the call.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The number of commands that were parsed. Refused commands are skipped.
fn commands(input: &[u8]) -> usize {
    let mut bytes = input.iter();
    let mut parsed = 0;
    loop {
        match Request::parse(&mut bytes) {
            Ok(request) => {
                black_box(&request);
                parsed += 1;
            }
            Err(Error::NeedsMoreData { .. }) => return parsed,
            Err(_) => {}
        }
    }
}

fn replies(input: &[u8]) -> usize {
    let mut bytes = input.iter();
    let mut receiver = ResponseReceiver::default();
    let mut parsed = 0;
    while !bytes.as_slice().is_empty() {
        match receiver.parse(&mut bytes) {
            Ok(reply) => {
                black_box(&reply);
                parsed += 1;
            }
            Err(_) => return 0,
        }
        receiver.reset();
    }
    parsed
}

fn hellos(input: &[u8]) -> usize {
    let mut bytes = input.iter();
    let mut parsed = 0;
    while !bytes.as_slice().is_empty() {
        match EhloResponse::parse(&mut bytes) {
            Ok(reply) => {
                black_box(&reply);
                parsed += 1;
            }
            Err(_) => return 0,
        }
    }
    parsed
}

/// Decodes content into memory that is used again and again. 1: the end of data was found at the right place.
fn content(input: &[u8], out: &mut Vec<u8>) -> usize {
    let mut bytes = input.iter();
    out.clear();
    let done = DataReceiver::new().ingest(&mut bytes, out);
    black_box(&out);
    (done && bytes.as_slice().is_empty()) as usize
}

fn measure(name: &str, octets: usize, seconds: f64, mut pass: impl FnMut() -> usize) -> bool {
    let items = pass();
    if items == 0 {
        eprintln!("{name}: the corpus was refused");
        return false;
    }
    let least = (seconds * 1e9) as u64;
    let begin = processor_nanoseconds();
    let mut passes = 0u64;
    let mut spent = 0;
    while spent < least {
        black_box(pass());
        passes += 1;
        spent = processor_nanoseconds() - begin;
    }
    let nanoseconds = spent as f64 / passes as f64;
    println!(
        "{{\"name\": \"{name}\", \"items\": {items}, \"octets\": {octets}, \"nanoseconds\": {nanoseconds}}}"
    );
    true
}

fn run(name: &str, input: &[u8], seconds: f64) -> bool {
    let octets = input.len();
    let mut out = Vec::with_capacity(octets);
    match name.split('/').next() {
        Some("parse") => measure(name, octets, seconds, || commands(input)),
        Some("reply") => measure(name, octets, seconds, || replies(input)),
        Some("ehlo") => measure(name, octets, seconds, || hellos(input)),
        _ => measure(name, octets, seconds, || content(input, &mut out)),
    }
}

const NAMES: [&str; 7] = [
    "parse/cmds.txt",
    "parse/cmds_nodsn.txt",
    "reply/replies.txt",
    "ehlo/ehlo.txt",
    "decode/body_b64.bin",
    "decode/body_short.bin",
    "decode/body_dots.bin",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let seconds = arguments.get(2).and_then(|text| text.parse().ok());
    let (Some(folder), Some(seconds)) = (arguments.get(1), seconds) else {
        eprintln!("usage: smtp-proto-bench CORPUS SECONDS [NAME...]");
        return ExitCode::from(2);
    };
    let mut good = true;
    for name in NAMES {
        if arguments.len() > 3 && !arguments[3..].iter().any(|one| one == name) {
            continue;
        }
        let file = name.split('/').nth(1).unwrap_or_default();
        match std::fs::read(Path::new(folder).join(file)) {
            Ok(input) => good &= run(name, &input, seconds),
            Err(error) => {
                eprintln!("{file}: {error}");
                good = false;
            }
        }
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
