namespace Edge.Realtime;

/// <summary>CLOCK_MONOTONIC: the clock that <see cref="PeriodicSleep.Until"/> sleeps on.</summary>
public sealed class MonotonicClock : IClock
{
    /// <summary>Nanoseconds in a second.</summary>
    public const long NsPerSecond = 1_000_000_000;

    /// <inheritdoc/>
    public unsafe long NowNs
    {
        get
        {
            Libc.Timespec time;
            _ = Libc.ClockGetTime(Libc.ClockMonotonic, &time); // cannot fail: the clock exists and the pointer is valid
            return (time.Seconds * NsPerSecond) + time.Nanoseconds;
        }
    }
}
