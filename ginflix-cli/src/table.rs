//! Tables for people, fitted to the width of the terminal.

use comfy_table::{
    Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table as Grid,
    presets,
};

use crate::format::sanitize_terminal;

/// The layout of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Text that is wrapped if the table is too wide.
    Text,
    /// Text that stays on one line.
    Fixed,
    /// A number, which stays on one line and is aligned to the right.
    Number,
}

/// A table under construction.
pub struct Table {
    grid: Grid,
    columns: Vec<Column>,
}

impl Table {
    /// Creates a table with these headings.
    pub fn new(headings: &[(&str, Column)]) -> Self {
        let mut table = Self::key_value();
        table.columns = headings.iter().map(|(_, column)| *column).collect();
        table.grid.set_header(
            headings.iter().map(|(text, _)| Cell::new(text).add_attribute(Attribute::Bold)),
        );
        table
    }

    /// Creates a table without headings, with a column of names and one of values.
    pub fn key_value() -> Self {
        let mut grid = Grid::new();
        grid.load_style(
            presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─')),
        );
        Self { grid, columns: vec![Column::Fixed, Column::Text] }
    }

    /// Adds a row. Control characters are replaced, because the cells may contain untrusted
    /// text, such as a title.
    pub fn row<I: IntoIterator<Item = S>, S: Into<String>>(&mut self, cells: I) -> &mut Self {
        self.grid.add_row(cells.into_iter().map(|cell| Cell::new(sanitize_terminal(&cell.into()))));
        self
    }

    /// Formats the table, at most `width` columns wide if the fixed columns fit.
    pub fn render(mut self, width: Option<u16>) -> String {
        if let Some(width) = width {
            self.grid.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        let last = self.columns.len().saturating_sub(1);
        for (index, kind) in self.columns.iter().enumerate() {
            let Some(column) = self.grid.column_mut(index) else { continue };
            column.set_padding((0, if index == last { 0 } else { 2 }));
            if *kind == Column::Number {
                column.set_cell_alignment(CellAlignment::Right);
            }
            if *kind != Column::Text {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        self.grid.trim_fmt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(width: Option<u16>) -> String {
        let mut table = Table::new(&[
            ("ID", Column::Fixed),
            ("TITLE", Column::Text),
            ("VIEWS", Column::Number),
        ]);
        table.row(["019", "A title of some length that has to be broken", "7"]);
        table.row(["020", "Short", "1234"]);
        table.render(width)
    }

    #[test]
    fn lines_fit_within_the_width() {
        for width in [24, 40, 80] {
            let text = sample(Some(width));
            for line in text.lines() {
                let columns = console::measure_text_width(line);
                assert!(columns <= usize::from(width), "{columns} > {width}: {line}");
            }
        }
    }

    #[test]
    fn without_a_width_nothing_is_wrapped() {
        assert_eq!(sample(None).lines().count(), 4);
    }

    #[test]
    fn numbers_are_aligned_to_the_right() {
        let text = sample(None);
        let ends: Vec<usize> = text.lines().skip(2).map(console::measure_text_width).collect();
        assert_eq!(ends[0], ends[1]);
    }
}
