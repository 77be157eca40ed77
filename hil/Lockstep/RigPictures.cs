namespace Edge.Hil.Lockstep;

/// <summary>Which of a lockstep rig's pictures are drawn; all arrive on time.</summary>
public enum RigPictures
{
    /// <summary>None, they are black: for a planner and a policy that look at the truth instead.</summary>
    None,

    /// <summary>Those that somebody looks at: one before each call for the planner, and for the policy the newest one when it makes a chunk. Earlier ones of its history are black.</summary>
    LookedAt,

    /// <summary>All of them, ten a second.</summary>
    All,
}
