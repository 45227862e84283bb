//! GeoJSON: a feature is a row, its properties are columns, `geometry` is a place as ODK writes it.

use super::{Refusal, Table};
use serde_json::Value;

pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Table, Refusal> {
    let wrong = |what: String| ("file_unreadable", format!("'{file}': {what}."));
    let json: Value = serde_json::from_slice(bytes)
        .map_err(|e| wrong(format!("this is not JSON, line {}", e.line())))?;
    if json.get("type").and_then(Value::as_str) != Some("FeatureCollection") {
        return Err(wrong("GeoJSON must hold a FeatureCollection".to_owned()));
    }
    let Some(features) = json.get("features").and_then(Value::as_array) else {
        return Err(wrong("there is no list 'features'".to_owned()));
    };
    let mut table = Table::new(vec!["geometry".to_owned()], Vec::new());
    table.usual = ("id", "title");
    for (number, feature) in features.iter().enumerate() {
        let mut row = vec![String::new(); table.columns.len()];
        row[0] = geometry(feature.get("geometry"))
            .ok_or_else(|| wrong(format!("feature {} is no point, line or area", number + 1)))?;
        let mut put = |name: &str, value: &Value| {
            let at = table.columns.iter().position(|c| c == name);
            let at = at.unwrap_or_else(|| {
                table.columns.push(name.to_owned());
                table.columns.len() - 1
            });
            if row.len() <= at {
                row.resize(at + 1, String::new());
            }
            row[at] = text(value);
        };
        if let Some(id) = feature.get("id") {
            put("id", id);
        }
        for (name, value) in feature
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            put(name, value);
        }
        table.rows.push(row);
    }
    let width = table.columns.len();
    for row in &mut table.rows {
        row.resize(width, String::new());
    }
    Ok(table)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `lat lon 0 0`, points of a line or of the outer ring of an area joined by `; `.
fn geometry(value: Option<&Value>) -> Option<String> {
    let value = value?;
    let coordinates = value.get("coordinates")?;
    let points: Vec<&Value> = match value.get("type")?.as_str()? {
        "Point" => vec![coordinates],
        "LineString" => coordinates.as_array()?.iter().collect(),
        "Polygon" => coordinates
            .as_array()?
            .first()?
            .as_array()?
            .iter()
            .collect(),
        _ => return None,
    };
    let points: Option<Vec<String>> = points
        .into_iter()
        .map(|point| {
            let lon = point.get(0)?.as_f64()?;
            let lat = point.get(1)?.as_f64()?;
            Some(format!("{lat} {lon} 0 0"))
        })
        .collect();
    Some(points?.join("; "))
}
