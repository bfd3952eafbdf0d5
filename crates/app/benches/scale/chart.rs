//! The figures as a picture.

use std::fmt::Write as _;

use crate::{
    CLIENTS,
    arguments::StoreKind,
    operation::Operation,
    report::{Measured, Report, Subject, Thousands},
};

const BAR: u32 = 18;
const LEFT: u32 = 190;
const WIDTH: u32 = 420;

/// Bars of what the service reaches of the bare handler, with its target, and of what a page costs in each size compared with the
/// smallest. The colours can be read on light and on dark ground.
pub fn svg(report: &Report) -> String {
    let mut chart = Chart::default();
    let sizes = report.sizes();
    for store in [StoreKind::Postgres, StoreKind::Sqlite] {
        chart.title(&format!(
            "{store}: answers a second, of the bare handler's (16 clients)"
        ));
        for operation in Operation::ALL {
            for size in &sizes {
                let measured = Measured {
                    store,
                    operation,
                    clients: CLIENTS[1],
                    size: *size,
                    subject: Subject::Parlor,
                };
                let bare = Measured {
                    subject: Subject::Bare,
                    ..measured
                };
                if let Some(ratio) = report.ratio(measured, bare, |round| round.throughput) {
                    chart.bar(operation, *size, ratio, operation.target());
                }
            }
        }
        chart.title(&format!(
            "{store}: median time, compared with the smallest store (1 client)"
        ));
        for operation in Operation::ALL {
            for size in sizes.iter().skip(1) {
                let measured = Measured {
                    store,
                    operation,
                    clients: CLIENTS[0],
                    size: *size,
                    subject: Subject::Parlor,
                };
                let smallest = Measured {
                    size: sizes[0],
                    ..measured
                };
                if let Some(ratio) = report.ratio(measured, smallest, |round| round.p50) {
                    chart.bar(operation, *size, ratio, None);
                }
            }
        }
    }
    chart.svg()
}

#[derive(Default)]
struct Chart {
    body: String,
    height: u32,
    /// A title of which no bar is there yet.
    title: Option<String>,
}

impl Chart {
    fn title(&mut self, title: &str) {
        self.title = Some(title.to_owned());
    }

    /// A bar of length 1 is 60 % of the width.
    fn bar(&mut self, operation: Operation, size: u32, ratio: f64, target: Option<f64>) {
        if let Some(title) = self.title.take() {
            self.height += 34;
            writeln!(
                self.body,
                r#"<text x="8" y="{}" font-weight="bold">{title}</text>"#,
                self.height - 8
            )
            .unwrap();
        }
        let unit = f64::from(WIDTH) * 0.6;
        let (top, text) = (self.height, self.height + BAR - 5);
        let length = (ratio * unit).min(f64::from(WIDTH));
        writeln!(
            self.body,
            r##"<text x="{}" y="{text}" text-anchor="end">{operation}, {}</text><rect x="{LEFT}" y="{top}" width="{length:.1}" height="{}" fill="#5b8db8"/><text x="{:.1}" y="{text}">{ratio:.2}</text>"##,
            LEFT - 8,
            Thousands(size),
            BAR - 4,
            f64::from(LEFT) + length + 6.0,
        )
        .unwrap();
        if let Some(target) = target {
            let x = f64::from(LEFT) + target * unit;
            writeln!(
                self.body,
                r##"<line x1="{x:.1}" x2="{x:.1}" y1="{top}" y2="{}" stroke="#c8702a" stroke-width="3"/>"##,
                top + BAR - 4
            )
            .unwrap();
        }
        self.height += BAR;
    }

    fn svg(self) -> String {
        let (width, height) = (LEFT + WIDTH + 50, self.height + 10);
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="12" fill="#808890">
{}</svg>
"##,
            self.body
        )
    }
}
