//! Figures, and the table of a block that they are recorded in.

/// A number that was measured, and where the table has it.
pub(crate) struct Figure<'t> {
    row: &'t str,
    column: &'t str,
    value: u64,
}

/// A line for each figure, and how many are at fault.
pub(crate) struct Report {
    pub(crate) text: String,
    pub(crate) faults: usize,
}

/// A figure may grow by so many percent, and no higher than the number in its row's cell of that
/// column.
#[derive(Default)]
pub(crate) struct Limits<'t> {
    growth: Option<u64>,
    budget: Option<&'t str>,
}

impl<'t> Limits<'t> {
    pub(crate) fn read(options: &[&'t str]) -> Option<Self> {
        let mut limits = Limits::default();
        for option in options.chunks(2) {
            match option {
                ["--growth", percent] => limits.growth = Some(percent.parse().ok()?),
                ["--budget", column] => limits.budget = Some(column),
                _ => return None,
            }
        }
        Some(limits)
    }
}

/// Row, column and number in each line, between tabs.
pub(crate) fn read(text: &str) -> Result<Vec<Figure<'_>>, String> {
    let mut figures: Vec<Figure<'_>> = Vec::new();
    for line in text.lines() {
        let parts: Vec<&str> = line.split('\t').map(str::trim).collect();
        let [row, column, value] = parts[..] else { return Err(format!("no figure: {line}")) };
        let value = value.parse().map_err(|_| format!("no number: {line}"))?;
        if figures.iter().any(|known| (known.row, known.column) == (row, column)) {
            return Err(format!("{row}, {column}: measured twice"));
        }
        figures.push(Figure { row, column, value });
    }
    Ok(figures)
}

/// The first table of a block.
struct Table<'t> {
    rule: &'t str,
    head: Vec<&'t str>,
    rows: Vec<Vec<&'t str>>,
}

impl<'t> Table<'t> {
    fn read(block: &'t str) -> Result<Self, String> {
        let mut lines = block.lines().skip_while(|line| !line.starts_with('|'));
        let head = lines.next().map(cells).ok_or("the block has no table")?;
        let rule = lines.next().unwrap_or_default();
        let rows: Vec<Vec<&str>> =
            lines.take_while(|line| line.starts_with('|')).map(cells).collect();
        match rows.iter().find(|row| row.len() != head.len()) {
            Some(row) => Err(format!("{}: not as many cells as the table's head", row[0])),
            None => Ok(Table { rule, head, rows }),
        }
    }

    fn column(&self, name: &str) -> Result<usize, String> {
        let at = self.head.iter().skip(1).position(|head| *head == name);
        at.map(|at| at + 1).ok_or_else(|| format!("the table has no column {name}"))
    }

    fn number(&self, row: &str, column: usize) -> Option<u64> {
        self.rows.iter().find(|cells| cells[0] == row)?[column].parse().ok()
    }
}

fn cells(line: &str) -> Vec<&str> {
    let line = line.trim_end();
    line.strip_prefix('|')
        .and_then(|line| line.strip_suffix('|'))
        .unwrap_or(line)
        .split('|')
        .map(str::trim)
        .collect()
}

/// The block with these figures. What else stands in their rows stays, other rows go, new ones come
/// last.
pub(crate) fn write(block: &str, figures: &[Figure<'_>], compiler: &str) -> Result<String, String> {
    let table = Table::read(block)?;
    let mut rows: Vec<Vec<String>> = table
        .rows
        .iter()
        .filter(|row| figures.iter().any(|figure| figure.row == row[0]))
        .map(|row| row.iter().map(ToString::to_string).collect())
        .collect();
    for figure in figures {
        let column = table.column(figure.column)?;
        let at = rows.iter().position(|row| row[0] == figure.row).unwrap_or_else(|| {
            let mut row = vec![String::new(); table.head.len()];
            row[0] = figure.row.to_owned();
            rows.push(row);
            rows.len() - 1
        });
        rows[at][column] = figure.value.to_string();
    }
    let mut text = format!("|{}|\n{}\n", table.head.join("|"), table.rule);
    for row in rows {
        text += &format!("|{}|\n", row.join("|"));
    }
    Ok(text + &format!("\nMeasured with `{compiler}`.\n"))
}

/// Judges the figures by the recorded ones. A recorded one is gone if others of its column were
/// measured and it was not.
pub(crate) fn compare(
    block: &str,
    figures: &[Figure<'_>],
    limits: &Limits<'_>,
) -> Result<Report, String> {
    let table = Table::read(block)?;
    let budgets = limits.budget.map(|column| table.column(column)).transpose()?;
    let mut report = Report { text: String::new(), faults: 0 };
    for Figure { row, column, value } in figures {
        let recorded = table.column(column).ok().and_then(|column| table.number(row, column));
        let budget = budgets.and_then(|column| table.number(row, column));
        let faults = faults(*value, recorded, budget, limits.growth);
        let old = recorded.map(|old| format!(", recorded {old}")).unwrap_or_default();
        report.text += &format!("{row}, {column}: {value}{old}{}\n", faults.concat());
        report.faults += faults.len();
    }
    for (row, column) in gone(&table, figures) {
        report.text += &format!("{row}, {column}: it is recorded, but GONE\n");
        report.faults += 1;
    }
    report.text += &format!("{} figures, {} faults\n", figures.len(), report.faults);
    Ok(report)
}

fn faults(
    value: u64,
    recorded: Option<u64>,
    budget: Option<u64>,
    growth: Option<u64>,
) -> Vec<String> {
    let grown = |old: u64, percent: u64| {
        u128::from(value) * 100 > u128::from(old) * (100 + u128::from(percent))
    };
    let mut faults = Vec::new();
    match (recorded, growth) {
        (None, _) => faults.push("; it is NOT RECORDED".to_owned()),
        (Some(old), Some(percent)) if grown(old, percent) => {
            faults.push(format!("; it has GROWN by more than {percent} %"));
        }
        (Some(_), _) => {}
    }
    if let Some(budget) = budget.filter(|budget| value > *budget) {
        faults.push(format!("; it is ABOVE THE BUDGET of {budget}"));
    }
    faults
}

fn gone<'t>(table: &Table<'t>, figures: &[Figure<'_>]) -> Vec<(&'t str, &'t str)> {
    let mut gone = Vec::new();
    for (at, column) in table.head.iter().enumerate().skip(1) {
        let measured: Vec<_> = figures.iter().filter(|figure| figure.column == *column).collect();
        let missing = table.rows.iter().filter(|row| {
            !measured.is_empty()
                && row[at].parse::<u64>().is_ok()
                && !measured.iter().any(|figure| figure.row == row[0])
        });
        gone.extend(missing.map(|row| (row[0], *column)));
    }
    gone
}
