using System.Diagnostics;
using Edge.Telemetry;

namespace Edge.Planner;

/// <summary>
/// Asks an <see cref="IPlanner"/> one question at a time, on whichever thread calls <see cref="Tick"/>: the planner's own thread of the lowest priority,
/// or the lockstep runner. The executor posts a request and takes the reply later; neither side waits for the other.
/// </summary>
public sealed class PlannerStage(IPlanner planner) : IDisposable
{
    private const int WaitMs = 100;
    private readonly AutoResetEvent _posted = new(false);
    private PlannerRequest? _request;
    private PlannerReply? _reply;
    private string? _error;
    private volatile bool _busy;

    /// <summary>
    /// For measuring beside a planner that never pauses: asked over and over while nothing else is, and the answers thrown away. From the first question on it is the newest
    /// one, asked again. Null: the planner rests.
    /// </summary>
    public PlannerRequest? Exercise { get; set; }

    /// <summary>Exercises done since start.</summary>
    public long Exercises { get; private set; }

    /// <summary>Time that each call took; milliseconds are for people, this is nanoseconds.</summary>
    public Histogram DurationNs { get; } = new();

    /// <summary>Tokens written since start.</summary>
    public long Tokens { get; private set; }

    /// <summary>Calls answered since start.</summary>
    public long Calls { get; private set; }

    /// <summary>A request is waiting or being answered.</summary>
    public bool Busy => _busy;

    /// <summary>Posts a request. Only when not <see cref="Busy"/>.</summary>
    public void Post(PlannerRequest request)
    {
        if (_busy)
            throw new InvalidOperationException("the planner is still answering the previous request");
        _reply = null;
        _error = null;
        Volatile.Write(ref _request, request);
        _busy = true;
        _posted.Set();
    }

    /// <summary>Takes the reply, or the sentence that says why there is none. False while the planner is busy or was never asked.</summary>
    public bool TryTake(out PlannerReply? reply, out string? error)
    {
        (reply, error) = (null, null);
        if (_busy || (_reply is null && _error is null))
            return false;
        (reply, error) = (_reply, _error);
        (_reply, _error) = (null, null);
        return true;
    }

    /// <summary>Answers the posted request, if there is one.</summary>
    public void Tick()
    {
        if (Interlocked.Exchange(ref _request, null) is not { } request)
            return;
        if (Exercise is not null)
            Exercise = request;
        var started = Stopwatch.GetTimestamp();
        try
        {
            var reply = planner.Next(request);
            DurationNs.Record((long)Stopwatch.GetElapsedTime(started).TotalNanoseconds);
            Tokens += reply.Tokens;
            Calls++;
            _reply = reply;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A planner that breaks must not take the process with it: the executor ends the task with this sentence.
            _error = $"the planner failed: {e.Message}";
        }

        _busy = false;
    }

    /// <summary>Waits a moment for a request and answers it: what the planner's thread does again and again.</summary>
    public void Work()
    {
        _posted.WaitOne(Exercise is null ? WaitMs : 0);
        Tick();
        if (Exercise is null)
            return;
        planner.Next(Exercise);
        Exercises++;
    }

    /// <inheritdoc/>
    public void Dispose() => _posted.Dispose();
}
