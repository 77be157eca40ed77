using System.Runtime.CompilerServices;
using Edge.Robots;
using Edge.Telemetry;

namespace Edge.Realtime;

/// <summary>
/// Owns the loop's thread: wakes it on a grid of absolute times, calls the stage, and keeps the statistics. The host locks the process's memory
/// (<see cref="Scheduling.LockMemory"/>) before it starts one.
/// </summary>
public sealed class LoopRunner : IDisposable
{
    /// <summary>Where in the period of CLOCK_MONOTONIC the loop wakes: off the kernel's own tick, which is at 0.</summary>
    public const double Phase = 0.25;

    // A drive's enable state travels one way per tick; this many repeats get it through a bus that loses nine frames of ten.
    private const int AbandonTicks = 50;

    private const int StackBytes = 128 << 10;

    private readonly IPeriodic _stage;
    private readonly LoopDescription _description;
    private readonly bool _requireRealtime;
    private readonly MonotonicClock _clock = new();
    private readonly ManualResetEventSlim _ready = new();
    private readonly List<string> _warnings = [];
    private readonly Thread _thread;
    private volatile bool _stopRequested;
    private volatile bool _restartStatistics;

    /// <summary>
    /// Prepares the thread. With <paramref name="requireRealtime"/>, <see cref="Start"/> fails where the kernel refuses priority or pinning;
    /// without, the refusals are in <see cref="Warnings"/>.
    /// </summary>
    public LoopRunner(IPeriodic stage, LoopDescription description, bool requireRealtime = false)
    {
        ArgumentNullException.ThrowIfNull(stage);
        ArgumentNullException.ThrowIfNull(description);
        _stage = stage;
        _description = description;
        _requireRealtime = requireRealtime;
        Statistics = new LoopStatistics(description.RateHz);
        _thread = new Thread(Run) { Name = "control loop", IsBackground = true };
    }

    /// <summary>What the loop did since it started.</summary>
    public LoopStatistics Statistics { get; }

    /// <summary>One sentence for each thing that the kernel refused; complete once <see cref="Start"/> has returned.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>What the stage threw, which ended the loop; null while all is well.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Starts the loop. Throws where real time is required and refused.</summary>
    public void Start()
    {
        _thread.Start();
        _ready.Wait();
        if (_requireRealtime && _warnings.Count > 0)
            throw new InvalidOperationException(string.Join(" ", _warnings));
    }

    /// <summary>Forgets the statistics so far: from the next tick on they speak of steady state.</summary>
    public void RestartStatistics() => _restartStatistics = true;

    /// <summary>Ends the loop after the present tick, takes the energy out, and waits for the thread.</summary>
    public void Stop()
    {
        _stopRequested = true;
        if (_thread.IsAlive)
            _thread.Join();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _ready.Dispose();
    }

    private void Run()
    {
        Scheduling.ShowName();
        TouchStack();
        Warn(Scheduling.Pin(_description.Cpu));
        Warn(Scheduling.UseFifo(_description.Priority));
        _ready.Set();
        if (_requireRealtime && _warnings.Count > 0)
            return;

        try
        {
            Loop();
        }
#pragma warning disable CA1031 // Whatever went wrong: the energy goes out first, the report comes after.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Failure = exception;
        }

        Abandon();
    }

    /// <summary>Pages are locked when they are first touched: more of the stack than a tick needs is touched here, and not in the first tick that reaches so deep.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TouchStack()
    {
        Span<byte> stack = stackalloc byte[StackBytes];
        stack.Fill(1);
    }

    private void Loop()
    {
        var schedule = PeriodicSleep.Start(_clock.NowNs, MonotonicClock.NsPerSecond / _description.RateHz, Phase);
        Statistics.Begin();
        while (!_stopRequested)
        {
            PeriodicSleep.Until(schedule.DueNs);
            var wokenNs = _clock.NowNs;
            if (_restartStatistics)
            {
                _restartStatistics = false;
                Statistics.Begin();
            }

            var latenessNs = wokenNs - schedule.DueNs;
            var missed = PeriodicSleep.Arrive(ref schedule, wokenNs);
            _stage.Tick(wokenNs, missed);
            var doneNs = _clock.NowNs;
            Statistics.Record(latenessNs, doneNs - wokenNs, missed);
            PeriodicSleep.Leave(ref schedule, doneNs);
        }

        Statistics.End();
    }

    private void Abandon()
    {
        var schedule = PeriodicSleep.Start(_clock.NowNs, MonotonicClock.NsPerSecond / _description.RateHz, Phase);
        for (var i = 0; i < AbandonTicks; i++)
        {
            try
            {
                _stage.Abandon(_clock.NowNs);
            }
#pragma warning disable CA1031 // Nothing is left to call: the drives' own time-out takes over.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Failure ??= exception;
                return;
            }

            PeriodicSleep.Until(schedule.DueNs);
            PeriodicSleep.Leave(ref schedule, _clock.NowNs);
        }
    }

    private void Warn(string? sentence)
    {
        if (sentence is not null)
            _warnings.Add(sentence);
    }
}
