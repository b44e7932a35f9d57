//! How long the parts of the engine take, one by one: `cargo bench -p bimpe`.

use bimpe_bench_engine::PARTS;
use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for part in PARTS {
        criterion.bench_function(part.name, |bencher| bencher.iter(part.prepare()));
    }
    criterion.final_summary();
}
