namespace Edge.Realtime;

/// <summary>Time that only its owner moves on: the lockstep rig's clock, and the tests'.</summary>
public sealed class VirtualClock : IClock
{
    private long _nowNs;

    /// <summary>Starts at a time of the owner's choice.</summary>
    public VirtualClock(long startNs = 0) => _nowNs = startNs;

    /// <inheritdoc/>
    public long NowNs => Volatile.Read(ref _nowNs);

    /// <summary>Moves on by a duration that is not negative.</summary>
    public void Advance(long durationNs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(durationNs);
        Volatile.Write(ref _nowNs, _nowNs + durationNs);
    }
}
