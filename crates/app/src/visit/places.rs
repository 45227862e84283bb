//! Positions as people read them: how far away, how exact, and coordinates that a map takes.

use lawang_forms::QuestionType;

/// A position in an answer: latitude, longitude, and how exact it is in metres where that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub at: (f64, f64),
    pub accuracy: Option<f64>,
}

impl Place {
    /// `latitude longitude altitude accuracy`, as a `geopoint` has it.
    pub(crate) fn of(value: &str) -> Option<Self> {
        let parts: Vec<f64> = value
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()
            .ok()?;
        let (lat, lon) = (*parts.first()?, *parts.get(1)?);
        let on_earth = lat.abs() <= 90.0 && lon.abs() <= 180.0;
        on_earth.then_some(Self {
            at: (lat, lon),
            accuracy: parts.get(3).copied().filter(|m| m.is_finite() && *m > 0.0),
        })
    }

    /// Rounded to a metre, with points in every language: so maps take them.
    fn coordinates(self) -> String {
        format!("{:.5}, {:.5}", self.at.0, self.at.1)
    }

    fn exact(self, english: bool) -> Option<String> {
        let metres = metres(self.accuracy?.ceil(), english);
        Some(match english {
            true => format!("accurate to {metres}"),
            false => format!("ketelitian {metres}"),
        })
    }

    /// In one line.
    pub(crate) fn words(self, language: &str) -> String {
        match self.exact(language == "en") {
            Some(exact) => format!("{} ({exact})", self.coordinates()),
            None => self.coordinates(),
        }
    }

    /// Beside a place that is known, `away` metres from here; coordinates in a line below.
    pub(crate) fn words_beside(self, away: Option<u32>, language: &str) -> String {
        let english = language == "en";
        let away = away.map(|away| match (away, english) {
            (0, true) => "at the known place".to_owned(),
            (0, false) => "di letak yang diketahui".to_owned(),
            (_, true) => format!("{} from the known place", metres(away.into(), english)),
            (_, false) => format!("{} dari letak yang diketahui", metres(away.into(), english)),
        });
        let first: Vec<String> = away.into_iter().chain(self.exact(english)).collect();
        match first.is_empty() {
            true => self.coordinates(),
            false => format!("{}\n{}", first.join(", "), self.coordinates()),
        }
    }
}

/// `12 m`, `1,3 km`.
fn metres(metres: f64, english: bool) -> String {
    if metres < 1_000.0 {
        return format!("{metres:.0} m");
    }
    let kilometres = format!("{:.1}", metres / 1_000.0);
    match english {
        true => format!("{kilometres} km"),
        false => format!("{} km", kilometres.replace('.', ",")),
    }
}

/// An answer about places in words; nothing for another question.
pub(crate) fn place_words(kind: QuestionType, value: &str, language: &str) -> Option<String> {
    match kind {
        QuestionType::Geopoint | QuestionType::StartGeopoint | QuestionType::BackgroundGeopoint => {
            Some(Place::of(value)?.words(language))
        }
        QuestionType::Geotrace | QuestionType::Geoshape => {
            let points = value.split(';').filter(|p| !p.trim().is_empty()).count();
            Some(match language {
                "en" => format!("{points} points"),
                _ => format!("{points} titik"),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_said_by_distance_and_accuracy_with_five_places_below() {
        let place = Place::of("-5.362141837 105.084412999 12.5 4.2").unwrap();
        assert_eq!(
            place.words_beside(Some(12), "id"),
            "12 m dari letak yang diketahui, ketelitian 5 m\n-5.36214, 105.08441"
        );
        assert_eq!(
            place.words_beside(Some(1_260), "en"),
            "1.3 km from the known place, accurate to 5 m\n-5.36214, 105.08441"
        );
        assert_eq!(place.words("id"), "-5.36214, 105.08441 (ketelitian 5 m)");
        let typed = Place::of("-5.3 105.1").unwrap();
        assert_eq!(typed.words_beside(None, "id"), "-5.30000, 105.10000");
        assert_eq!(
            typed.words_beside(Some(0), "id"),
            "di letak yang diketahui\n-5.30000, 105.10000"
        );
        assert_eq!(metres(1_300.0, false), "1,3 km");
    }

    #[test]
    fn what_is_no_position_stays_as_it_was_written() {
        for text in ["", "rumah", "-5.3", "95 105 0 5", "NaN 1", "1 2 x"] {
            assert_eq!(Place::of(text), None, "{text}");
        }
        assert_eq!(Place::of("-5 105 0 0").unwrap().accuracy, None);
        let line = "1 2 0 0;1 3 0 0; 1 4 0 0;";
        let said = place_words(QuestionType::Geotrace, line, "id");
        assert_eq!(said.as_deref(), Some("3 titik"));
        assert_eq!(place_words(QuestionType::Text, "1 2", "id"), None);
    }
}
