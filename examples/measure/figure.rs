//! The table as a plot: bits per dimension over the number of steps, both axes logarithmic.

use serde_json::Value;

use crate::table::STEPS;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const MARGIN: (f64, f64, f64, f64) = (20.0, 190.0, 46.0, 50.0);
const COLOURS: [&str; 5] = ["#8c8c8c", "#3b6fb6", "#f4511e", "#7fb2e5", "#8a2a0b"];
const TICKS: [f64; 6] = [3.0, 5.0, 10.0, 20.0, 40.0, 80.0];

/// The plot of all rows.
pub fn svg(rows: &[Value]) -> String {
    let values = || rows.iter().flat_map(bits);
    let (low, high) = (values().fold(f64::INFINITY, f64::min) * 0.93, values().fold(0.0, f64::max) * 1.07);
    let x = |steps: f64| {
        let (first, last) = (STEPS[0] as f64, STEPS[STEPS.len() - 1] as f64);
        MARGIN.3 + (steps / first).ln() / (last / first).ln() * (WIDTH - MARGIN.3 - MARGIN.1)
    };
    let y = |bits: f64| HEIGHT - MARGIN.2 - (bits / low).ln() / (high / low).ln() * (HEIGHT - MARGIN.2 - MARGIN.0);

    let mut body = String::new();
    for tick in TICKS.into_iter().filter(|tick| (low..high).contains(tick)) {
        let (y, x1, x2) = (y(tick), MARGIN.3, WIDTH - MARGIN.1);
        body += &format!("<path d='M{x1} {y:.1}H{x2}' stroke='#ccc'/>");
        body += &format!("<text x='{:.1}' y='{:.1}' text-anchor='end'>{tick}</text>\n", x1 - 8.0, y + 4.0);
    }
    for steps in STEPS {
        let (x, y) = (x(steps as f64), HEIGHT - MARGIN.2 + 20.0);
        body += &format!("<text x='{x:.1}' y='{y}' text-anchor='middle'>{steps}</text>\n");
    }
    for (index, row) in rows.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let points: Vec<(f64, f64)> = STEPS.iter().zip(bits(row)).map(|(k, bits)| (x(*k as f64), y(bits))).collect();
        let line: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        body += &format!("<polyline points='{}' fill='none' stroke='{colour}' stroke-width='2'/>", line.join(" "));
        for (x, y) in &points {
            body += &format!("<circle cx='{x:.1}' cy='{y:.1}' r='3' fill='{colour}'/>");
        }
        let (x, y) = (WIDTH - MARGIN.1 + 14.0, MARGIN.0 + 20.0 + 20.0 * index as f64);
        let name = row["name"].as_str().unwrap_or_default();
        body += &format!("\n<text x='{x}' y='{y}' fill='{colour}' font-weight='600'>{name}</text>\n");
    }
    let axis = format!(
        "<text x='{}' y='{}' text-anchor='middle'>steps</text>",
        (WIDTH - MARGIN.1 + MARGIN.3) / 2.0,
        HEIGHT - 6.0
    );
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' font-family='system-ui,sans-serif' font-size='12' fill='#555' role='img' aria-label='Bits per dimension over the number of steps'>\n<rect width='100%' height='100%' fill='#fff'/>\n{body}{axis}\n<text x='{}' y='14'>bits per dimension</text>\n</svg>\n",
        MARGIN.3
    )
}

fn bits(row: &Value) -> Vec<f64> {
    let cells = row["cells"].as_array().map_or(&[][..], Vec::as_slice);
    cells.iter().filter_map(|cell| cell["bitsPerDim"].as_f64()).collect()
}
