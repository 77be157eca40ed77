namespace Edge.Realtime;

/// <summary>A stage that <see cref="LoopRunner"/> calls at an even rate. It reads no clock, allocates nothing and waits for nothing.</summary>
public interface IPeriodic
{
    /// <summary>One step. <paramref name="missedTicks"/> deadlines passed since the last one without a call.</summary>
    void Tick(long nowNs, int missedTicks);

    /// <summary>Nobody will call <see cref="Tick"/> any more (shut down, or it threw): take the energy out.</summary>
    void Abandon(long nowNs);
}
