//! The little HTML that the report needs: escaping, tables, lists of terms.

/// `text` with the characters that mean something in HTML and XML replaced, and without control
/// characters, which no XML document may contain.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && !matches!(c, '\n' | '\t') => {}
            c => out.push(c),
        }
    }
    out
}

/// How a column of a table is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Words, to the left.
    Text(&'static str),
    /// Single short words, to the left, never broken.
    Word(&'static str),
    /// Numbers, to the right.
    Number(&'static str),
}

/// A table of plain text with a heading for every column.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    cells: Vec<String>,
    marked: bool,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new() }
    }

    /// Adds a row of as many cells as there are columns.
    pub fn row(&mut self, cells: impl Into<Vec<String>>) {
        self.rows.push(Row { cells: cells.into(), marked: false });
    }

    /// Adds a row that stands out.
    pub fn marked_row(&mut self, cells: impl Into<Vec<String>>) {
        self.rows.push(Row { cells: cells.into(), marked: true });
    }

    /// Its HTML.
    pub fn html(&self) -> String {
        let mut out = "<div class=\"wide\"><table>\n<thead><tr>".to_owned();
        for column in &self.columns {
            let (Column::Text(heading) | Column::Word(heading) | Column::Number(heading)) = column;
            out += &format!("<th scope=\"col\"{}>{}</th>", class(column), escape(heading));
        }
        out += "</tr></thead>\n<tbody>\n";
        for row in &self.rows {
            out += if row.marked { "<tr class=\"marked\">" } else { "<tr>" };
            for (column, cell) in self.columns.iter().zip(&row.cells) {
                out += &format!("<td{}>{}</td>", class(column), escape(cell));
            }
            out += "</tr>\n";
        }
        out + "</tbody>\n</table></div>\n"
    }
}

fn class(column: &Column) -> &'static str {
    match column {
        Column::Text(_) => "",
        Column::Word(_) => " class=\"word\"",
        Column::Number(_) => " class=\"number\"",
    }
}

/// Terms and what they are, e.g. settings.
pub fn terms<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let item =
        |(term, value)| format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(term), escape(value));
    format!("<dl>\n{}</dl>\n", pairs.into_iter().map(item).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escape("<b a='\"'>&\u{1b}[0m"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;[0m");
        let mut table = Table::new([Column::Text("a<b")]);
        table.row(["<script>".to_owned()]);
        assert!(!table.html().contains("<script>"));
    }
}
