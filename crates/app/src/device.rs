//! An open device: its database, its key, its questionnaire. Everything a person does goes through it.

use crate::{
    authority, cards,
    duplicates::Lookout,
    environment::{Environment, random},
    error::AppError,
    forms::Library,
    visit::{Audit, OpenVisit, Thumbnails},
};
use lawang_domain::{DeviceId, DocumentKind, HouseholdId};
use lawang_forms::Form;
use lawang_records::{Record, State};
use lawang_rules::RuleBook;
use lawang_store::{Identity, StateCounts, Store};
use lawang_sync::{DeviceKey, Incarnation, actor_of};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

pub(crate) const INCARNATION: &str = "incarnation";
pub(crate) const MADE: &str = "made";
const LANGUAGE: &str = "language";
const THEME: &str = "theme";

/// Households by state, as counted at a version of the database, for a village or for all.
pub(crate) struct Counted {
    pub version: (u64, i64),
    pub village: Option<String>,
    pub counts: StateCounts,
}

/// An open device.
pub struct Device {
    pub(crate) store: Store,
    pub(crate) identity: Identity,
    pub(crate) key: DeviceKey,
    pub(crate) incarnation: Incarnation,
    pub(crate) actor: [u8; 16],
    /// The household visit that new visits use.
    pub(crate) form: Arc<Form>,
    /// Questionnaires that were compiled.
    pub(crate) library: Library,
    /// The district's, else those of the country.
    pub(crate) rules: Arc<RuleBook>,
    pub(crate) environment: Arc<dyn Environment>,
    pub(crate) open: Option<OpenVisit>,
    /// The log of the form that is open on the screen, where its author wants one.
    pub(crate) audit: Option<Audit>,
    pub(crate) language: String,
    pub(crate) theme: String,
    /// Language of the questionnaire's texts, where it is another one than that of the screens.
    pub(crate) spoken: Option<String>,
    /// So that searching as one types need not count again.
    pub(crate) counts: Mutex<Option<Counted>>,
    /// The persons of this device, for looking who is alike; in memory only.
    pub(crate) lookout: Lookout,
    /// How often in this exchange a document was refused for what it builds on.
    pub(crate) futile: BTreeMap<HouseholdId, u32>,
    /// How often an index was begun.
    pub(crate) turn: u64,
    /// Photos at the size of a list.
    pub(crate) thumbnails: Thumbnails,
    /// A damaged database that was moved aside when the device was opened.
    pub(crate) moved_aside: Option<String>,
}

impl Device {
    /// Takes an open store into use.
    pub fn new(
        mut store: Store,
        mut identity: Identity,
        form: Arc<Form>,
        environment: Arc<dyn Environment>,
    ) -> Result<Self, AppError> {
        let key = DeviceKey::from_seed(&identity.signing_seed);
        let incarnation = match store.meta(INCARNATION)?.and_then(|v| v.try_into().ok()) {
            Some(kept) => kept,
            None => {
                let fresh: Incarnation = random(environment.as_ref());
                store.set_meta(&[(INCARNATION, &fresh), (MADE, &0u64.to_be_bytes())])?;
                fresh
            }
        };
        let actor = actor_of(&key.public(), &incarnation);
        let text = |key: &str, default: &str| -> Result<String, AppError> {
            Ok(store
                .meta(key)?
                .and_then(|v| String::from_utf8(v).ok())
                .unwrap_or_else(|| default.to_owned()))
        };
        let (language, theme) = (text(LANGUAGE, "id")?, text(THEME, "system")?);
        identity.role = text(authority::ROLE, &identity.role)?;
        identity.person = text(authority::PERSON, &identity.person)?;
        let rules = crate::rules::held(&store)?;
        let mut device = Self {
            store,
            identity,
            key,
            incarnation,
            actor,
            library: Library::with(form.clone()),
            form,
            rules,
            environment,
            open: None,
            audit: None,
            language,
            theme,
            spoken: None,
            counts: Mutex::default(),
            lookout: Lookout::default(),
            futile: BTreeMap::new(),
            turn: 0,
            thumbnails: Thumbnails::default(),
            moved_aside: None,
        };
        device.refresh_form()?;
        // Pages that were on disk when the program died.
        device.unpack_pages()?;
        device.know_restrictions()?;
        device.judge_again()?;
        device.store.order_lists(&device.identity.person)?;
        Ok(device)
    }

    /// The store, for those who look from outside (tests, benchmarks).
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Gives the store back: what a restart finds.
    pub fn into_store(self) -> Store {
        self.store
    }

    /// This device's id.
    pub fn id(&self) -> DeviceId {
        DeviceId(self.identity.device)
    }

    /// The key with which the server knows it.
    pub fn public_key(&self) -> [u8; 32] {
        self.key.public()
    }

    /// What was sealed at enrolment.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The language of the screens, `id` or `en`.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// The household visit that new visits use.
    pub fn form(&self) -> &Arc<Form> {
        &self.form
    }

    pub(crate) fn now(&self) -> i64 {
        self.environment.now_ms()
    }

    /// Remembers language and theme.
    pub fn set_preferences(
        &mut self,
        language: Option<&str>,
        theme: Option<&str>,
    ) -> Result<(), AppError> {
        if let Some(language) = language {
            let language = if language == "en" { "en" } else { "id" };
            self.store.set_meta(&[(LANGUAGE, language.as_bytes())])?;
            self.language = language.to_owned();
        }
        if let Some(theme) = theme {
            let theme = match theme {
                "light" | "dark" => theme,
                _ => "system",
            };
            self.store.set_meta(&[(THEME, theme.as_bytes())])?;
            self.theme = theme.to_owned();
        }
        Ok(())
    }

    /// The document of a household.
    pub fn record(&self, household: HouseholdId) -> Result<Record, AppError> {
        Ok(self.store.record(household)?)
    }

    /// All values of a household, answers that are typed and not part of a change yet left out.
    pub fn state(&self, household: HouseholdId) -> Result<State, AppError> {
        Ok(self.record(household)?.state()?)
    }

    /// Rebuilds every projection from the log; gives the number of households. What comes out is what
    /// was there before, or the log and the tables had disagreed.
    pub fn rebuild(&mut self, mut progress: impl FnMut(usize, usize)) -> Result<usize, AppError> {
        self.open = None;
        self.lookout = Lookout::default();
        let all = self.store.all_records()?;
        self.store.transact(Store::clear_projection)?;
        for (index, chunk) in all.chunks(200).enumerate() {
            let mut cards: Vec<(i64, cards::Card)> = Vec::with_capacity(chunk.len());
            let mut reviews = Vec::new();
            for household in chunk {
                let (row, village) = self.store.row(*household)?;
                let changes = self.store.changes(*household)?;
                if changes.iter().any(|c| c.kind != DocumentKind::FieldAnswers) {
                    reviews.push((*household, self.review_of(*household)?));
                }
                let pristine = changes.is_empty();
                let state = if pristine {
                    cards::state_of_row(&row)
                } else {
                    self.store
                        .record(*household)?
                        .state()
                        .map_err(AppError::from)?
                };
                let draft = !self.store.entries(*household)?.is_empty();
                cards.push((
                    self.store.row_id(*household)?,
                    cards::card(&self.rules, *household, &village, &state, draft),
                ));
            }
            self.store.transact(|tx| {
                for (household, review) in &reviews {
                    Store::put_review(tx, *household, review)?;
                }
                for (id, card) in cards {
                    cards::put(tx, id, card)?;
                }
                Ok(())
            })?;
            progress((index * 200 + chunk.len()).min(all.len()), all.len());
        }
        Ok(all.len())
    }
}
