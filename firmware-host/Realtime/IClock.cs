namespace Edge.Realtime;

/// <summary>Monotonic time for everything in the process. Stages never read it: the host or the lockstep runner hands them <c>nowNs</c>.</summary>
public interface IClock
{
    /// <summary>Nanoseconds since an arbitrary start (CLOCK_MONOTONIC, or the rig's virtual time). Never goes back.</summary>
    long NowNs { get; }
}
