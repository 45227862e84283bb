//! Distances, areas and shapes on Earth, with the formulas and the radius of JavaRosa's `GeoUtils`.

use super::super::Expr;
use super::super::eval::{Env, Spot};
use super::super::value::Value;
use crate::functions::Function as F;

const RADIUS: f64 = 6_378_100.0;
const METERS_A_DEGREE: f64 = 2.0 * RADIUS * std::f64::consts::PI / 360.0;

#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    lat: f64,
    lon: f64,
}

impl Env<'_> {
    pub(super) fn geo(&self, function: F, args: &[Expr], spot: Spot) -> Value {
        match function {
            F::Distance => Value::Number(self.points(args, spot).map_or(f64::NAN, |p| length(&p))),
            F::Area => Value::Number(self.points(args, spot).map_or(f64::NAN, |p| area(&p))),
            F::Geofence => Value::Bool(
                self.points(&args[..1], spot)
                    .zip(self.points(&args[1..], spot))
                    .is_some_and(|(point, fence)| {
                        point.first().is_some_and(|p| is_inside(*p, &fence))
                    }),
            ),
            _ => Value::Bool(
                self.points(args, spot)
                    .is_some_and(|points| intersects(&points)),
            ),
        }
    }

    /// All points of all arguments. What is not answered is left out; `None` if a text is no point.
    fn points(&self, args: &[Expr], spot: Spot) -> Option<Vec<Point>> {
        let mut out = Vec::new();
        for text in self.texts(args, spot) {
            for part in text.split(';') {
                out.extend(point(part)?);
            }
        }
        Some(out)
    }
}

/// `lat lon altitude accuracy`, the last two or three may be missing. `Some(None)` for an empty text.
fn point(text: &str) -> Option<Option<Point>> {
    let mut numbers = [0.0; 4];
    let mut count = 0;
    for part in text.split_whitespace() {
        *numbers.get_mut(count)? = number(part)?;
        count += 1;
    }
    let [lat, lon, ..] = numbers;
    Some((count > 0).then_some(Point { lat, lon }))
}

fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|n| n.is_finite())
}

/// Length of the line through all points in meters, by the spherical law of cosines.
fn length(points: &[Point]) -> f64 {
    points
        .windows(2)
        .map(|pair| {
            let (a, b) = (pair[0].lat.to_radians(), pair[1].lat.to_radians());
            let turn = (pair[0].lon - pair[1].lon).to_radians();
            let cosine = a.sin() * b.sin() + a.cos() * b.cos() * turn.cos();
            // The cosine of two equal places can come out a little above 1, which has no angle.
            cosine.clamp(-1.0, 1.0).acos() * RADIUS
        })
        .sum()
}

/// Area within the points in square meters: triangles from the first point, on a plane in which a
/// degree of longitude shrinks with the latitude.
fn area(points: &[Point]) -> f64 {
    let Some((first, rest)) = points.split_first() else {
        return 0.0;
    };
    let flat: Vec<(f64, f64)> = rest
        .iter()
        .map(|p| {
            (
                (p.lon - first.lon) * METERS_A_DEGREE * p.lat.to_radians().cos(),
                (p.lat - first.lat) * METERS_A_DEGREE,
            )
        })
        .collect();
    flat.windows(2)
        .map(|pair| (pair[0].1 * pair[1].0 - pair[0].0 * pair[1].1) / 2.0)
        .sum::<f64>()
        .abs()
}

/// Whether a ray from the point crosses the fence an odd number of times. The fence ends where it
/// begins.
fn is_inside(point: Point, fence: &[Point]) -> bool {
    fence
        .windows(2)
        .filter(|pair| {
            let (a, b) = (pair[0], pair[1]);
            (b.lat > point.lat) != (a.lat > point.lat)
                && point.lon < (a.lon - b.lon) * (point.lat - b.lat) / (a.lat - b.lat) + b.lon
        })
        .count()
        % 2
        == 1
}

/// Whether the line crosses or touches itself, other than where one piece follows another and, in a
/// closed line, where the last meets the first.
fn intersects(points: &[Point]) -> bool {
    let pieces: Vec<(Point, Point)> = points
        .windows(2)
        .map(|pair| (pair[0], pair[1]))
        .filter(|(a, b)| a != b)
        .collect();
    let closed = points.first() == points.last();
    let last = pieces.len().saturating_sub(1);
    let crosses = |i: usize, j: usize| {
        let (i, j) = (i.min(j), i.max(j));
        if j == i + 1 {
            turns_back(pieces[i], pieces[j])
        } else {
            !(closed && i == 0 && j == last) && meet(pieces[i], pieces[j])
        }
    };
    // From west to east, so that only pieces beside each other are compared.
    let west = |i: usize| pieces[i].0.lon.min(pieces[i].1.lon);
    let east = |i: usize| pieces[i].0.lon.max(pieces[i].1.lon);
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    order.sort_by(|a, b| west(*a).total_cmp(&west(*b)));
    order.iter().enumerate().any(|(place, i)| {
        let beside = order[place + 1..]
            .iter()
            .take_while(|j| west(**j) <= east(*i));
        beside.into_iter().any(|j| crosses(*i, *j))
    })
}

/// Twice the area of the triangle, positive if its corners go against the clock.
fn side(a: Point, b: Point, c: Point) -> f64 {
    (b.lon - a.lon) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lon - a.lon)
}

fn lies_on(p: Point, (a, b): (Point, Point)) -> bool {
    side(a, b, p) == 0.0
        && p.lat >= a.lat.min(b.lat)
        && p.lat <= a.lat.max(b.lat)
        && p.lon >= a.lon.min(b.lon)
        && p.lon <= a.lon.max(b.lon)
}

/// Whether the second of two connected pieces lies on the first, or the other way round.
fn turns_back(first: (Point, Point), second: (Point, Point)) -> bool {
    lies_on(first.0, second) || lies_on(second.1, first)
}

fn meet(one: (Point, Point), other: (Point, Point)) -> bool {
    let opposite = |(a, b): (Point, Point), (c, d): (Point, Point)| {
        let (c, d) = (side(a, b, c), side(a, b, d));
        (c > 0.0 && d < 0.0) || (c < 0.0 && d > 0.0)
    };
    (opposite(one, other) && opposite(other, one))
        || lies_on(one.0, other)
        || lies_on(one.1, other)
        || lies_on(other.0, one)
        || lies_on(other.1, one)
}

/// How JavaRosa writes a point, trace or shape that an expression reads: four numbers for a point,
/// each with a decimal point, and `; ` between points.
pub(in crate::expr) fn written(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 8);
    for part in text.split(';') {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        let mut numbers = [0.0; 4];
        for (index, number) in part.split_whitespace().enumerate() {
            *numbers.get_mut(index)? = self::number(number)?;
        }
        if !out.is_empty() {
            out.push_str("; ");
        }
        for (index, number) in numbers.iter().enumerate() {
            if index > 0 {
                out.push(' ');
            }
            if number.fract() == 0.0 {
                out.push_str(&format!("{number:.1}"));
            } else {
                out.push_str(&number.to_string());
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_compared_with_its_neighbours_only() {
        let mut line: Vec<Point> = (0..50_000)
            .map(|n| Point {
                lat: f64::from(n % 7),
                lon: f64::from(n),
            })
            .collect();
        assert!(!intersects(&line));
        line.push(Point {
            lat: 0.5,
            lon: 49_900.5,
        });
        assert!(intersects(&line));
    }
}
