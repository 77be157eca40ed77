namespace Edge.Realtime;

/// <summary>State of a periodic sleep: a grid of absolute deadlines.</summary>
public struct PeriodicSchedule
{
    /// <summary>Distance of the grid's points.</summary>
    public long PeriodNs;

    /// <summary>The point that is slept for next, or that the present tick belongs to.</summary>
    public long DueNs;

    /// <summary>Points skipped since the last <see cref="PeriodicSleep.Arrive"/>, not told yet.</summary>
    public long SkippedTicks;
}

/// <summary>
/// The sleep policy: absolute deadlines on a grid that never shifts. A point that nobody woke up for is missed and counted, never made up for,
/// so a late tick is followed by a pause and not by a burst. Free functions over plain state.
/// </summary>
public static class PeriodicSleep
{
    /// <summary>
    /// The grid of whole periods of the clock, plus a phase; its first point is the next one. A known phase keeps periodic threads of the machine, and tools that
    /// measure beside them, out of each other's way.
    /// </summary>
    /// <param name="nowNs">The clock now.</param>
    /// <param name="periodNs">Distance of the points.</param>
    /// <param name="phase">Where in the period the points lie, 0 to 1. The kernel's own tick is at 0.</param>
    public static PeriodicSchedule Start(long nowNs, long periodNs, double phase = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(periodNs);
        var beyondPoint = (nowNs - (long)(phase * periodNs)) % periodNs;
        if (beyondPoint < 0)
            beyondPoint += periodNs;
        return new PeriodicSchedule { PeriodNs = periodNs, DueNs = nowNs - beyondPoint + periodNs };
    }

    /// <summary>Call on waking up. Moves to the newest point that is due; returns the points missed since the last tick.</summary>
    public static int Arrive(ref PeriodicSchedule schedule, long nowNs)
    {
        var late = Math.Max(0, nowNs - schedule.DueNs) / schedule.PeriodNs;
        schedule.DueNs += late * schedule.PeriodNs;
        var missed = schedule.SkippedTicks + late;
        schedule.SkippedTicks = 0;
        return (int)Math.Min(missed, int.MaxValue);
    }

    /// <summary>Call when the tick's work is done. Moves to the first point that is not over yet.</summary>
    public static void Leave(ref PeriodicSchedule schedule, long nowNs)
    {
        schedule.DueNs += schedule.PeriodNs;
        if (schedule.DueNs >= nowNs)
            return;

        var skipped = (nowNs - schedule.DueNs + schedule.PeriodNs - 1) / schedule.PeriodNs;
        schedule.DueNs += skipped * schedule.PeriodNs;
        schedule.SkippedTicks += skipped;
    }

    /// <summary>Sleeps until an absolute time of <see cref="MonotonicClock"/>; signals do not shorten it.</summary>
    public static unsafe void Until(long dueNs)
    {
        var due = new Libc.Timespec { Seconds = dueNs / MonotonicClock.NsPerSecond, Nanoseconds = dueNs % MonotonicClock.NsPerSecond };
        while (Libc.ClockNanosleep(Libc.ClockMonotonic, Libc.TimerAbsolute, &due, null) == Libc.Interrupted)
        {
        }
    }
}
