//! Stand-in until the guest layer is merged.
/// How a text reached the guest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Channel {
    CustomData,
    UserData,
    Command,
    Script,
    RunCommand,
}
