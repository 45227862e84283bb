//! Documents beside the field answers, and what the server refused.

use crate::{ChangeRow, LogState, PairDecision, Store, StoreError, evidence::hashes, log::blob16};
use lawang_domain::{DocumentKind, HouseholdId, InstanceId, RecordState};
use lawang_records::{Hash, Record};
use rusqlite::{OptionalExtension, Transaction, params};
use uuid::Uuid;

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposalState {
    /// Nobody has dealt with it.
    Open = 0,
    /// Sent to someone who may.
    Sent = 1,
    /// The person answered anew.
    Corrected = 2,
    /// The person does not want it any more.
    Discarded = 3,
}

impl ProposalState {
    fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Sent,
            2 => Self::Corrected,
            3 => Self::Discarded,
            _ => Self::Open,
        }
    }

    /// The name in interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Sent => "sent",
            Self::Corrected => "corrected",
            Self::Discarded => "discarded",
        }
    }
}

/// Edits that the server refused, as they were made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub id: Uuid,
    pub household: HouseholdId,
    pub kind: DocumentKind,
    /// The change that they were part of.
    pub change: Hash,
    /// Code.
    pub reason: String,
    /// Seconds since 1970.
    pub at: i64,
    /// JSON.
    pub edits: String,
    pub state: ProposalState,
    /// Milliseconds since 1970.
    pub settled: Option<i64>,
}

/// What verification and administration of a record say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviewRow {
    /// The state decided on.
    pub decision: Option<RecordState>,
    pub reason: String,
    /// The visit decided on.
    pub visit: Option<InstanceId>,
    /// Who decided.
    pub person: String,
    /// Seconds since 1970.
    pub at: i64,
    /// Proposals of others without an answer.
    pub proposals: u32,
    /// Who is to visit.
    pub assigned: String,
    /// What is restricted on request.
    pub restricted: Restricted,
    /// Decisions on the newest visit contradict each other.
    pub contested: bool,
    /// Reason (code) for which the family is proposed for removal; empty: it is not.
    pub removal: String,
    /// Hashes of the files that this proposal shows.
    pub evidence: Vec<[u8; 32]>,
    /// Comments of the last return that nobody has answered.
    pub questions: u32,
    /// The visit that was drawn to be made again by somebody else.
    pub drawn: Option<InstanceId>,
    /// A visit was sent back some time: the newest one may only correct its answers.
    pub sent_back: bool,
    /// Decisions about its members and others; written with the rest, read through [`Store::pair_decisions`].
    pub pairs: Vec<PairDecision>,
}

/// How much of a record is restricted on request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Restricted {
    #[default]
    Nothing = 0,
    /// Single persons.
    Persons = 1,
    /// All of it.
    Whole = 2,
}

impl Restricted {
    pub(crate) fn from_number(number: i64) -> Self {
        match number {
            0 => Self::Nothing,
            1 => Self::Persons,
            _ => Self::Whole,
        }
    }
}

const PROPOSAL: &str = "id, household, kind, change, reason, at, edits, state, settled";

fn read_proposal(row: &rusqlite::Row<'_>) -> rusqlite::Result<Proposal> {
    Ok(Proposal {
        id: blob16(&row.get::<_, Vec<u8>>(0)?),
        household: HouseholdId(blob16(&row.get::<_, Vec<u8>>(1)?)),
        kind: DocumentKind::from_number(row.get(2)?).unwrap_or_default(),
        change: Hash(row.get::<_, Vec<u8>>(3)?.try_into().unwrap_or_default()),
        reason: row.get(4)?,
        at: row.get(5)?,
        edits: row.get(6)?,
        state: ProposalState::from_number(row.get(7)?),
        settled: row.get(8)?,
    })
}

impl Store {
    /// A document of a record: field answers, or what is beside them.
    pub fn document(
        &self,
        household: HouseholdId,
        kind: DocumentKind,
    ) -> Result<Record, StoreError> {
        if kind == DocumentKind::FieldAnswers {
            return self.record(household);
        }
        let mut record = Record::genesis_of(household, kind)?;
        let mut select = self.conn.prepare_cached(
            "SELECT body FROM change_log WHERE household = ?1 AND kind = ?2 AND kind > 0 AND applied = 1 ORDER BY id",
        )?;
        let mut rows = select.query((household.as_bytes().as_slice(), kind.number()))?;
        while let Some(row) = rows.next()? {
            let body: Vec<u8> = row.get(0)?;
            record
                .apply(&body)
                .map_err(|e| StoreError::Damaged(e.to_string()))?;
        }
        Ok(record)
    }

    /// The first change of a document: what it is without the log.
    pub fn first(&self, household: HouseholdId, kind: DocumentKind) -> Result<Record, StoreError> {
        Ok(match kind {
            DocumentKind::FieldAnswers => Record::genesis(&self.row(household)?.0)?,
            other => Record::genesis_of(household, other)?,
        })
    }

    /// Records with changes to verification or administration.
    pub fn with_side_documents(&self) -> Result<Vec<HouseholdId>, StoreError> {
        let mut select = self
            .conn
            .prepare("SELECT DISTINCT household FROM change_log WHERE kind > 0")?;
        let rows = select.query_map([], |r| Ok(HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?))))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Documents in which a change was refused that is still part of them; of records that the server knows.
    pub fn refused_documents(&self) -> Result<Vec<(HouseholdId, DocumentKind)>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT DISTINCT c.household, c.kind FROM change_log c
             WHERE c.state = 2 AND c.applied = 1
               AND NOT EXISTS (SELECT 1 FROM row_log r WHERE r.household = c.household AND r.state = 2)",
        )?;
        let rows = select.query_map([], |r| {
            Ok((
                HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?)),
                DocumentKind::from_number(r.get(1)?).unwrap_or_default(),
            ))
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Takes a change out of its document: it was refused, or what it said lives on elsewhere.
    pub fn set_aside(tx: &Transaction<'_>, hash: &Hash, state: LogState) -> Result<(), StoreError> {
        tx.prepare_cached("UPDATE change_log SET applied = 0, state = ?2 WHERE hash = ?1")?
            .execute((hash.0.as_slice(), state as i64))?;
        Ok(())
    }

    /// The snapshot is made anew from the log.
    pub fn forget_snapshot(tx: &Transaction<'_>, household: HouseholdId) -> Result<(), StoreError> {
        tx.prepare_cached("DELETE FROM snapshot WHERE household = ?1")?
            .execute([household.as_bytes().as_slice()])?;
        Ok(())
    }

    /// What was typed and became part of a refused change stands in a proposal from here on.
    pub fn drop_entry(
        tx: &Transaction<'_>,
        household: HouseholdId,
        path: &str,
    ) -> Result<(), StoreError> {
        tx.prepare_cached(
            "DELETE FROM draft_entry WHERE household = ?1 AND path = ?2 AND folded = 1",
        )?
        .execute((household.as_bytes().as_slice(), path))?;
        Ok(())
    }

    /// Keeps refused edits.
    pub fn put_proposal(tx: &Transaction<'_>, proposal: &Proposal) -> Result<(), StoreError> {
        tx.prepare_cached(&format!(
            "INSERT INTO proposal ({PROPOSAL}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
        ))?
        .execute(params![
            proposal.id.as_bytes().as_slice(),
            proposal.household.as_bytes().as_slice(),
            proposal.kind.number(),
            proposal.change.0.as_slice(),
            proposal.reason,
            proposal.at,
            proposal.edits,
            proposal.state as i64,
            proposal.settled,
        ])?;
        Ok(())
    }

    /// Somebody has dealt with a proposal.
    pub fn settle_proposal(
        tx: &Transaction<'_>,
        id: Uuid,
        state: ProposalState,
        at: i64,
    ) -> Result<(), StoreError> {
        tx.prepare_cached("UPDATE proposal SET state = ?2, settled = ?3 WHERE id = ?1")?
            .execute((id.as_bytes().as_slice(), state as i64, at))?;
        Ok(())
    }

    /// Proposals, the newest first; `all`: also those that were dealt with.
    pub fn proposals(&self, all: bool) -> Result<Vec<Proposal>, StoreError> {
        let mut select = self.conn.prepare_cached(&format!(
            "SELECT {PROPOSAL} FROM proposal WHERE ?1 OR state = 0 ORDER BY at DESC, id"
        ))?;
        let rows = select.query_map([all], read_proposal)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// One proposal.
    pub fn proposal(&self, id: Uuid) -> Result<Option<Proposal>, StoreError> {
        Ok(self
            .conn
            .prepare_cached(&format!("SELECT {PROPOSAL} FROM proposal WHERE id = ?1"))?
            .query_row([id.as_bytes().as_slice()], read_proposal)
            .optional()?)
    }

    /// Open proposals of this device, and those of others that wait for an answer here.
    pub fn proposal_counts(&self) -> Result<(u32, u32), StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT (SELECT count(*) FROM proposal WHERE state = 0),
                        (SELECT coalesce(sum(proposals), 0) FROM review WHERE proposals > 0)",
            )?
            .query_row([], |r| Ok((r.get(0)?, r.get(1)?)))?)
    }

    /// Records with proposals of others that wait for an answer.
    pub fn with_proposals(&self) -> Result<Vec<HouseholdId>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT household FROM review WHERE proposals > 0")?;
        let rows = select.query_map([], |r| Ok(HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?))))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Replaces what verification and administration of a record say.
    pub fn put_review(
        tx: &Transaction<'_>,
        household: HouseholdId,
        review: &ReviewRow,
    ) -> Result<(), StoreError> {
        tx.prepare_cached(
            "INSERT OR REPLACE INTO review (household, decision, reason, visit, person, at, proposals, assigned, restricted,
                                            contested, removal, questions, drawn, evidence, sent_back)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .execute(params![
            household.as_bytes().as_slice(),
            review.decision.map_or("", RecordState::as_str),
            review.reason,
            review.visit.map_or(Vec::new(), |v| v.as_bytes().to_vec()),
            review.person,
            review.at,
            review.proposals,
            review.assigned,
            review.restricted as i64,
            review.contested,
            review.removal,
            review.questions,
            review.drawn.map_or(Vec::new(), |v| v.as_bytes().to_vec()),
            review.evidence.concat(),
            review.sent_back,
        ])?;
        Self::put_pair_decisions(tx, household, &review.pairs)
    }

    /// What verification and administration of a record say.
    pub fn review(&self, household: HouseholdId) -> Result<Option<ReviewRow>, StoreError> {
        review_in(&self.conn, household)
    }

    /// The same inside a transaction.
    pub fn review_in(
        tx: &Transaction<'_>,
        household: HouseholdId,
    ) -> Result<Option<ReviewRow>, StoreError> {
        review_in(tx, household)
    }

    /// Changes of one document in the order in which they came here.
    pub fn changes_of(
        &self,
        household: HouseholdId,
        kind: DocumentKind,
    ) -> Result<Vec<ChangeRow>, StoreError> {
        Ok(self
            .changes(household)?
            .into_iter()
            .filter(|change| change.kind == kind)
            .collect())
    }
}

fn review_in(
    conn: &rusqlite::Connection,
    household: HouseholdId,
) -> Result<Option<ReviewRow>, StoreError> {
    Ok(conn
        .prepare_cached(
            "SELECT decision, reason, visit, person, at, proposals, assigned, restricted, contested, removal, questions, drawn,
                    evidence, sent_back
             FROM review WHERE household = ?1",
        )?
        .query_row([household.as_bytes().as_slice()], |r| {
            Ok(ReviewRow {
                decision: r.get::<_, String>(0)?.parse().ok(),
                reason: r.get(1)?,
                visit: Uuid::from_slice(&r.get::<_, Vec<u8>>(2)?).ok().map(InstanceId),
                person: r.get(3)?,
                at: r.get(4)?,
                proposals: r.get(5)?,
                assigned: r.get(6)?,
                restricted: Restricted::from_number(r.get(7)?),
                contested: r.get(8)?,
                removal: r.get(9)?,
                questions: r.get(10)?,
                drawn: Uuid::from_slice(&r.get::<_, Vec<u8>>(11)?).ok().map(InstanceId),
                evidence: hashes(&r.get::<_, Option<Vec<u8>>>(12)?.unwrap_or_default()),
                sent_back: r.get(13)?,
                pairs: Vec::new(),
            })
        })
        .optional()?)
}
