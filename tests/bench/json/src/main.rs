//! Compares the engine's JSON reader with jiter. Both read a page of 100 agents: each name, number and decoded string. The
//! two alternate. Prints the medians in microseconds per page.

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use bimpe::engine::json::{JsonError, Kind, Reader};
use jiter::{Jiter, JiterResult, Peek};

const ROUNDS: usize = 21;
const PAGES: u32 = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let page = bimpe_bench_responses::page(1, 100);
    let length = read_with_bimpe(&page).map_err(|_| "the engine refuses the page")?;
    assert_eq!(length, read_with_jiter(&page)?, "both readers find the same text");
    let (mut bimpe, mut jiter) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bimpe.push(measure(|| read_with_bimpe(&page).ok()));
        jiter.push(measure(|| read_with_jiter(&page).ok()));
    }
    let (bimpe, jiter) = (median(bimpe), median(jiter));
    let size = page.len() / 1024;
    let ratio = jiter / bimpe;
    writeln!(
        std::io::stdout(),
        "page of {size} KiB: bimpe {bimpe:.1} us, jiter {jiter:.1} us, {ratio:.2} times"
    )?;
    Ok(())
}

/// Returns the total length of all names and strings.
fn read_with_bimpe(page: &str) -> Result<usize, JsonError> {
    let mut reader = Reader::new(page);
    let length = bimpe_value(&mut reader, &mut String::new())?;
    reader.end()?;
    Ok(length)
}

fn bimpe_value(reader: &mut Reader<'_>, buffer: &mut String) -> Result<usize, JsonError> {
    let mut length = 0;
    match reader.kind()? {
        Kind::Null | Kind::Bool(_) => {}
        Kind::Number => _ = black_box(reader.number()?),
        Kind::String => length = reader.decode_string(buffer)?.map_or_else(|| buffer.len(), str::len),
        Kind::Array => reader.items(|reader| bimpe_value(reader, buffer).map(|inner| length += inner))?,
        Kind::Object => reader.fields(|reader, name| {
            length += name.decode().len();
            bimpe_value(reader, buffer).map(|inner| length += inner)
        })?,
    }
    Ok(length)
}

/// Returns the total length of all names and strings.
fn read_with_jiter(page: &str) -> JiterResult<usize> {
    let mut reader = Jiter::new(page.as_bytes());
    let peek = reader.peek()?;
    let length = jiter_value(&mut reader, peek)?;
    reader.finish()?;
    Ok(length)
}

fn jiter_value(reader: &mut Jiter<'_>, peek: Peek) -> JiterResult<usize> {
    let mut length = 0;
    match peek {
        Peek::Null => reader.known_null()?,
        Peek::True | Peek::False => _ = reader.known_bool(peek)?,
        Peek::String => length = reader.known_str()?.len(),
        Peek::Array => {
            let mut item = reader.known_array()?;
            while let Some(peek) = item {
                length += jiter_value(reader, peek)?;
                item = reader.array_step()?;
            }
        }
        Peek::Object => {
            let mut name = reader.known_object()?.map(str::len);
            while let Some(found) = name {
                length += found;
                let peek = reader.peek()?;
                length += jiter_value(reader, peek)?;
                name = reader.next_key()?.map(str::len);
            }
        }
        number => _ = black_box(reader.known_number_bytes(number)?),
    }
    Ok(length)
}

fn measure<T>(read: impl Fn() -> T) -> f64 {
    let started = Instant::now();
    for _ in 0..PAGES {
        black_box(read());
    }
    started.elapsed().as_secs_f64() * 1e6 / f64::from(PAGES)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
