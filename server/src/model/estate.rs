//! Links between resources, and the questions rules ask.
use super::Resource;
/// All resources of one deployment, linked.
pub struct Estate {
    pub resources: Vec<Resource>,
}
