using Edge.Api;
using Edge.Policy;

namespace Edge.Planner;

/// <summary>
/// Does a call make sense, given what the vision encoder marked (<see cref="VlmDecoder.Marks"/>) and what was done so far? Digits are written one after the other, so a
/// point may be half of one thing and half of another; and what was tried in vain should not be tried for ever. Allocates nothing.
/// </summary>
internal readonly ref struct CallSense
{
    /// <summary>A call that has failed so often in a row is not written once more; calls with points this near (per mille) are the same.</summary>
    private const int MostFailures = 2, SamePerMille = 20;

    /// <summary>
    /// Per mille of the picture, of which 14 are about a centimetre: a mark this near is the thing that a point means; what is put down beside all things needs this
    /// much room, and a little more beside where something must go back to; a point this near to an area's middle is on it, and there less room is enough.
    /// </summary>
    public const int MarkPerMille = 35, RoomPerMille = 110, RememberedRoomPerMille = 114, OnAreaPerMille = 80, RoomOnAreaPerMille = 60;

    /// <summary>What slides needs so much room on either side, and goes at least so far (9 to 10 cm) where nothing says where.</summary>
    private const int WayPerMille = 105, AwayPerMille = 145;

    /// <summary>A thing stands where it was put, pushed out of the way, or pushed to a place that is remembered, when it is as near as this: 5, 3 and 2.5 cm.</summary>
    public const int TherePerMille = 70, PushedAwayPerMille = 45, PushedTherePerMille = 35;

    /// <summary>What was thrown at an area lies no further from the point, if it lies on the area; what is thrown at points this near comes down on each other.</summary>
    private const int HalfAreaPerMille = 130, SameThrowPerMille = 50;

    /// <summary>A call at a stack points below it and means its topmost thing, whose mark is so far above the point at most.</summary>
    private const int StackPerMille = 220;

    /// <summary>What the name of an area ends in.</summary>
    private const string AreaShape = " area";

    private static readonly int Pick = RobotApi.IndexOf("pick"), Place = RobotApi.IndexOf("place"), Push = RobotApi.IndexOf("push"), Rotate = RobotApi.IndexOf("rotate"), Throw = RobotApi.IndexOf("throw"), Touch = RobotApi.IndexOf("touch");

    private readonly MarkSet _marks;
    private readonly ToldPicture _told;
    private readonly MarkNames _names;
    private readonly PastCalls _past;

    /// <summary>Takes what is known.</summary>
    /// <param name="marks">Of the robot's picture; empty: the package has none, and only the memory is asked.</param>
    /// <param name="told">Of the picture that goes with the sentence; empty: there is none.</param>
    /// <param name="names">What the marks are called.</param>
    /// <param name="past">Calls so far.</param>
    public CallSense(MarkSet marks, MarkSet told, MarkNames names, PastCalls past)
    {
        _marks = marks;
        _told = new ToldPicture(told, marks, names, past);
        _names = names;
        _past = past;
    }

    /// <summary>Does the call make sense?</summary>
    public bool Allows(ApiInvocation call) =>
        !HasFailed(call) && !Repeats(call) && !GoesNowhere(call) && (_marks.IsEmpty || (ShowsThings(call) && HasRoom(call) && IsNamedRightly(call) && _told.Allows(call)));

    /// <summary>
    /// The newest call is said to have put, pushed or thrown something somewhere, and nothing stands there: the sensors felt the deed, but did not see where it ended. Said no
    /// more often than calls may fail, or a thing that always ends a little beside would end the task.
    /// </summary>
    public bool DeniesLastOutcome()
    {
        if (_marks.IsEmpty || _past.LastSuccess is not { } last || last.Arguments.Count == 0 || _past.PointOf(last.Arguments[^1]) is not { } to || _past.FailuresBeforeLast >= MostFailures)
            return false;
        var namesArea = last.Thing.EndsWith(AreaShape, StringComparison.Ordinal);
        if (last.Function == Throw)
            return namesArea && _marks.ToNearestArea(to) <= OnAreaPerMille && _marks.ToNearestObject(to) > HalfAreaPerMille;
        if (last.Function == Push)
            return _marks.ToNearestObject(to) > (last.Arguments[1].MemorySlot > 0 ? PushedTherePerMille : PushedAwayPerMille);
        // What was put on another thing hides where it stands.
        return last.Function == Place && (namesArea || last.Thing.Length == 0) && !IsObjectAbove(to);
    }

    private bool IsObjectAbove(ArgumentValue point)
    {
        foreach (var mark in _marks)
        {
            if (!mark.IsArea && IsAbove(point, mark, TherePerMille))
                return true;
        }

        return false;
    }

    /// <summary>Has this very call, or one close by, failed too often since something last succeeded?</summary>
    private bool HasFailed(ApiInvocation call)
    {
        var failures = 0;
        for (var i = _past.Count - 1; i >= 0 && _past.EntryAt(i).Outcome != SubtaskOutcome.Succeeded; i--)
        {
            if (_past[i] is { } failed && call.IsNear(failed, SamePerMille))
                failures++;
        }

        return failures >= MostFailures;
    }

    /// <summary>
    /// Does it turn or touch once more what the last call has just turned or touched, put or push back what that has just picked up or pushed, or pick up what that has just put
    /// aside? (What was put on an area, or where a picture shows a thing, may well go on from there.)
    /// </summary>
    private bool Repeats(ApiInvocation call)
    {
        if (_past.LastSuccess is not { } last)
            return false;
        if (call.Function == Rotate || call.Function == Touch)
            return call.IsNear(last, SamePerMille);
        if (call.Function == Place && last.Function == Pick)
            return call.Arguments[0].MemorySlot == _past.LastSlot ? !_past.LastIsRetry : AreNear(call.Arguments[0], last.Arguments[0], SamePerMille);
        if (call.Function == Pick && last.Function == Place && last.Thing.Length == 0)
            return AreNear(call.Arguments[0], last.Arguments[0], MarkPerMille) && !_told.Shows(last.Arguments[0]);
        return call.Function == Push && last.Function == Push && AreNear(call.Arguments[0], last.Arguments[1], MarkPerMille) && AreNear(call.Arguments[1], last.Arguments[0], MarkPerMille);
    }

    private bool AreNear(ArgumentValue a, ArgumentValue b, int perMille) =>
        (a.MemorySlot > 0 && a.MemorySlot == b.MemorySlot) || (_past.PointOf(a) is { } there && _past.PointOf(b) is { } here && there.DistanceTo(here) < perMille);

    /// <summary>Does the vision encoder see something wherever the call wants a thing?</summary>
    private bool ShowsThings(ApiInvocation call)
    {
        for (var i = 0; i < call.Arguments.Count; i++)
        {
            if (call.Call.Arguments[i].NamesThing && call.Arguments[i].MemorySlot == 0 && !IsAtMark(call.Arguments[i]) && !IsOnArea(call.Arguments[i]))
                return false;
        }

        return true;
    }

    /// <summary>Does the vision encoder see what the call says it points at?</summary>
    private bool IsNamedRightly(ApiInvocation call)
    {
        if (call.Thing.Length == 0 || call.Arguments[0].MemorySlot > 0)
            return true;
        foreach (var mark in _marks)
        {
            if (IsMeant(call.Arguments[0], mark) && _names.Fits(mark, call.Thing))
                return true;
        }

        return false;
    }

    private static bool IsMeant(ArgumentValue point, Mark mark) => mark.IsArea ? point.DistanceTo(mark.Point) <= OnAreaPerMille : IsAbove(point, mark, MarkPerMille);

    /// <summary>Is a mark at a point, or on a stack there?</summary>
    private static bool IsAbove(ArgumentValue point, Mark mark, int within)
    {
        var (right, up) = (mark.Point.XPerMille - point.XPerMille, point.YPerMille - mark.Point.YPerMille);
        return Math.Abs(right) <= within && up >= -within && up <= StackPerMille;
    }

    private bool IsAtMark(ArgumentValue point) => _marks.ToNearest(point) <= MarkPerMille;

    private bool IsOnArea(ArgumentValue point) => _marks.ToNearestArea(point) <= OnAreaPerMille;

    /// <summary>What slides hits what stands beside its straight way.</summary>
    private bool IsWayClear(ArgumentValue from, ArgumentValue to)
    {
        double dx = to.XPerMille - from.XPerMille, dy = to.YPerMille - from.YPerMille, length2 = Math.Max(1, (dx * dx) + (dy * dy));
        foreach (var mark in _marks)
        {
            if (mark.IsArea || from.DistanceTo(mark.Point) <= MarkPerMille)
                continue;
            double right = mark.Point.XPerMille - from.XPerMille, down = mark.Point.YPerMille - from.YPerMille;
            var share = Math.Clamp(((right * dx) + (down * dy)) / length2, 0, 1);
            (right, down) = (right - (share * dx), down - (share * dy));
            if ((right * right) + (down * down) < WayPerMille * WayPerMille)
                return false;
        }

        return true;
    }

    /// <summary>Does it move something to where it is, or towards itself?</summary>
    private bool GoesNowhere(ApiInvocation call) =>
        call.Arguments.Count > 1 && call.Call.Arguments[1].Kind != ArgumentKind.Angle && AreNear(call.Arguments[0], call.Arguments[1], MarkPerMille);

    /// <summary>What was pushed to a remembered place stays there.</summary>
    private bool IsToStay(ArgumentValue from, ArgumentValue to)
    {
        for (var i = 0; i < _past.Count; i++)
        {
            if (_past[i] is { Arguments: [_, { MemorySlot: > 0 } target] } past && past.Function == Push && target.MemorySlot != to.MemorySlot
                && _past.EntryAt(i).Outcome == SubtaskOutcome.Succeeded && _past.PointOf(target) is { } there && there.DistanceTo(from) <= MarkPerMille)
                return true;
        }

        return false;
    }

    /// <summary>What is pushed out of the way for the first time leaves room where it stood.</summary>
    private bool IsFarEnough(ArgumentValue from, ArgumentValue to)
    {
        if (IsOnArea(to) || from.DistanceTo(to) >= AwayPerMille)
            return true;
        for (var i = 0; i < _past.Count; i++)
        {
            if (_past[i] is { Arguments: [_, var target] } past && past.Function == Push && _past.PointOf(target) is { } there
                && (there.DistanceTo(from) <= TherePerMille || (i == _past.Count - 1 && there.DistanceTo(to) <= SamePerMille)))
                return true;
        }

        return false;
    }

    /// <summary>Has a call of this function done its deed near a point of the picture?</summary>
    private bool WasDoneNear(int function, ArgumentValue point, int perMille)
    {
        for (var i = 0; i < _past.Count; i++)
        {
            if (_past.EntryAt(i).Outcome == SubtaskOutcome.Succeeded && _past[i] is { Arguments: [{ MemorySlot: 0 } at, ..] } past && past.Function == function && at.DistanceTo(point) < perMille)
                return true;
        }

        return false;
    }

    /// <summary>
    /// What is pushed has a clear way, to where nothing else stands. What is thrown at an area comes down beside what lies there. What is put down goes on a thing, on an area
    /// beside what stands there (a call that names the area means no thing on it), or where the picture that goes with the sentence shows one, or where nothing stands and
    /// nothing of this task stood: that place may be needed.
    /// </summary>
    private bool HasRoom(ApiInvocation call)
    {
        if (call.Function == Push)
            return _past.PointOf(call.Arguments[0]) is not { } start || _past.PointOf(call.Arguments[1]) is not { } end
                || (IsWayClear(start, end) && !IsToStay(start, call.Arguments[1]) && (call.Arguments[1].MemorySlot > 0 || IsFarEnough(start, end)));
        if ((call.Function != Place && call.Function != Throw) || call.Arguments[0].MemorySlot > 0)
            return true;
        var at = call.Arguments[0];
        var room = _marks.ToNearestObject(at);
        // What is thrown slides on: where it lies cannot be told from the point, but the next would come down on it.
        if (call.Function == Throw)
            return (room >= RoomOnAreaPerMille && !WasDoneNear(Throw, at, SameThrowPerMille)) || !call.Thing.EndsWith(AreaShape, StringComparison.Ordinal);
        if (room <= MarkPerMille && call.Thing.EndsWith(AreaShape, StringComparison.Ordinal))
            return false;
        if (IsAtMark(at) || _told.Shows(at))
            return true;
        if (IsOnArea(at))
            return room >= RoomOnAreaPerMille;
        return room >= RoomPerMille && !WasDoneNear(Pick, at, RememberedRoomPerMille);
    }
}
