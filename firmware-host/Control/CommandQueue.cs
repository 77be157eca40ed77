using Edge.Realtime;

namespace Edge.Control;

/// <summary>
/// Commands on their way to the loop, from any thread. A stop never waits in line and is never lost: it overtakes, and what was posted before it is dropped.
/// </summary>
public sealed class CommandQueue
{
    private const int Capacity = 64;
    private readonly BoundedQueue<ControlCommand> _queue = new(Capacity);
    private long _posted;
    private int _stop; // the most severe stop not taken yet, as a ReactionCause

    /// <summary>Hands a command over. False when the queue is full, which means that the loop does not run; stops are always accepted.</summary>
    public bool Post(in ControlCommand command)
    {
        if (command.Kind != ControlCommandKind.Stop)
        {
            if (!_queue.TryAdd(command))
                return false;
            Interlocked.Increment(ref _posted);
            return true;
        }

        if (command.Cause == ReactionCause.Signal)
            Volatile.Write(ref _stop, (int)ReactionCause.Signal);
        else
            Interlocked.CompareExchange(ref _stop, (int)ReactionCause.StopCommand, (int)ReactionCause.None);
        return true;
    }

    /// <summary>Commands accepted since start, stops not counted; compare with <see cref="RobotSnapshot.CommandsTaken"/>.</summary>
    public long Posted => Interlocked.Read(ref _posted);

    /// <summary>Commands taken or dropped since start. For the loop only.</summary>
    internal long Taken { get; private set; }

    /// <summary>Takes a stop, if there is one, and drops the commands posted before it. For the loop only.</summary>
    internal bool TryTakeStop(out ReactionCause cause)
    {
        cause = ReactionCause.None;
        if (Volatile.Read(ref _stop) == 0)
            return false;

        cause = (ReactionCause)Interlocked.Exchange(ref _stop, 0);
        for (var i = 0; i < Capacity && _queue.TryTake(out _); i++)
            Taken++;

        return true;
    }

    /// <summary>Takes the oldest command. For the loop only.</summary>
    internal bool TryTake(out ControlCommand command)
    {
        if (!_queue.TryTake(out command))
            return false;
        Taken++;
        return true;
    }
}
