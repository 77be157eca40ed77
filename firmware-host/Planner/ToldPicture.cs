using Edge.Api;
using Edge.Policy;

namespace Edge.Planner;

/// <summary>
/// A picture that goes with the sentence. Where it shows how things are to stand (the task has begun to put them so), what is picked up is not there yet and goes where the
/// picture shows one of its name, and nothing is done before all are there. Back again, which only the memory can tell, may go whatever it names. Allocates nothing.
/// </summary>
internal readonly ref struct ToldPicture(MarkSet told, MarkSet seen, MarkNames names, PastCalls past)
{
    private static readonly int Pick = RobotApi.IndexOf("pick"), Place = RobotApi.IndexOf("place");

    private readonly MarkSet _told = told, _seen = seen;

    /// <summary>Does the picture show something here?</summary>
    public bool Shows(ArgumentValue point) => _told.ToNearest(point) <= CallSense.MarkPerMille;

    /// <summary>Does a call fit it?</summary>
    public bool Allows(ApiInvocation call)
    {
        if (_told.IsEmpty || UsesMemory() || IsCopied())
            return true;
        if (call.Function == RobotApi.Done)
            return !IsBegun();
        if ((call.Function != Pick && call.Function != Place) || call.Arguments[0].MemorySlot > 0)
            return true;
        var at = call.Arguments[0];
        if (call.Function == Pick)
            return !(IsBegun() && Shows(at, call.Thing));
        var held = Held();
        if (held.Length == 0 || Shows(at, held) || (call.Thing.Length > 0 && !IsBegun()))
            return true;
        foreach (var mark in _told)
        {
            var isAnothers = at.DistanceTo(mark.Point) <= CallSense.MarkPerMille;
            var isFree = names.IsSure(mark) && names.Fits(mark, held) && _seen.ToNearestObject(mark.Point) >= CallSense.RoomOnAreaPerMille;
            if (!mark.IsArea && (isAnothers || isFree))
                return false;
        }

        return true;
    }

    private bool UsesMemory()
    {
        for (var i = 0; i < past.Count; i++)
        {
            if (past[i] is { Arguments: [{ MemorySlot: > 0 }, ..] })
                return true;
        }

        return false;
    }

    /// <summary>Was something put where the picture shows an object? Else it may mean something else.</summary>
    private bool IsBegun()
    {
        foreach (var mark in _told)
        {
            if (!mark.IsArea && IsPutAt(mark))
                return true;
        }

        return false;
    }

    /// <summary>Does everything stand as the picture shows it, or did it?</summary>
    private bool IsCopied()
    {
        foreach (var mark in _told)
        {
            if (!mark.IsArea && !IsSeen(mark) && !IsPutAt(mark))
                return false;
        }

        return true;
    }

    private bool IsPutAt(Mark told)
    {
        for (var i = 0; i < past.Count; i++)
        {
            if (past.EntryAt(i).Outcome == SubtaskOutcome.Succeeded && past[i] is { Thing.Length: 0 } call && call.Function == Place
                && call.Arguments[0].DistanceTo(told.Point) <= CallSense.MarkPerMille)
                return true;
        }

        return false;
    }

    private bool IsSeen(Mark told)
    {
        foreach (var mark in _seen)
        {
            if (!mark.IsArea && mark.Point.DistanceTo(told.Point) <= CallSense.TherePerMille && names.CouldBeSame(mark, told))
                return true;
        }

        return false;
    }

    private bool Shows(ArgumentValue at, string name)
    {
        foreach (var mark in _told)
        {
            if (!mark.IsArea && name.Length > 0 && at.DistanceTo(mark.Point) <= CallSense.MarkPerMille && names.Fits(mark, name))
                return true;
        }

        return false;
    }

    /// <summary>What the newest successful pick named.</summary>
    private string Held()
    {
        for (var i = past.Count - 1; i >= 0; i--)
        {
            if (past.EntryAt(i).Outcome == SubtaskOutcome.Succeeded && past[i] is { } call && call.Function == Pick)
                return call.Thing;
        }

        return "";
    }
}
