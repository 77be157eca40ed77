using Edge.Api;
using Edge.Policy;

namespace Edge.Planner;

/// <summary>
/// Does a call make sense, given what the vision encoder marked (<see cref="VlmDecoder.Marks"/>) and what was done so far? Digits are written one after the other, so a
/// point may be half of one thing and half of another; and what was tried in vain should not be tried for ever. Allocates nothing.
/// </summary>
internal readonly ref struct CallSense
{
    /// <summary>A mark of at least this score is a thing.</summary>
    public const float LeastScore = 0.15f;

    /// <summary>A call that has failed so often in a row is not written once more; calls with points this near (per mille) are the same.</summary>
    private const int MostFailures = 2, SamePerMille = 20;

    /// <summary>
    /// Per mille of the picture, of which 14 are about a centimetre: a mark this near is the thing that a point means; what is put down beside all things needs this
    /// much room, and a little more beside where something must go back to; a point this near to an area's middle is on it, and there less room is enough.
    /// </summary>
    private const int MarkPerMille = 35, RoomPerMille = 110, RememberedRoomPerMille = 114, OnAreaPerMille = 80, RoomOnAreaPerMille = 60;

    /// <summary>What slides needs so much room on either side, and goes at least so far where nothing says where.</summary>
    private const int WayPerMille = 90, AwayPerMille = 100;

    /// <summary>A thing stands where it was put, pushed out of the way, or pushed to a place that is remembered, when it is as near as this: 5, 3 and 2.5 cm.</summary>
    private const int TherePerMille = 70, PushedAwayPerMille = 45, PushedTherePerMille = 35;

    /// <summary>What was thrown at an area lies no further from the point, if it lies on the area.</summary>
    private const int HalfAreaPerMille = 130;

    /// <summary>A call at a stack points below it and means its topmost thing, whose mark is so far above the point at most.</summary>
    private const int StackPerMille = 220;

    /// <summary>What the name of an area ends in.</summary>
    private const string AreaShape = " area";

    private static readonly int Pick = RobotApi.IndexOf("pick"), Place = RobotApi.IndexOf("place"), Push = RobotApi.IndexOf("push"), Rotate = RobotApi.IndexOf("rotate"), Throw = RobotApi.IndexOf("throw"), Touch = RobotApi.IndexOf("touch");

    private readonly ReadOnlySpan<float> _marks, _told;
    private readonly MarkNames _names;
    private readonly PastCalls _past;

    /// <summary>Takes what is known.</summary>
    /// <param name="marks">Of the robot's picture; empty: the package has none, and only the memory is asked.</param>
    /// <param name="told">Of the picture that goes with the sentence; empty: there is none.</param>
    /// <param name="names">What the marks are called.</param>
    /// <param name="past">Calls so far.</param>
    public CallSense(ReadOnlySpan<float> marks, ReadOnlySpan<float> told, MarkNames names, PastCalls past)
    {
        _marks = marks;
        _told = told;
        _names = names;
        _past = past;
    }

    /// <summary>Does the call make sense?</summary>
    public bool Allows(ApiInvocation call) =>
        !HasFailed(call) && !Repeats(call) && (_marks.IsEmpty || (ShowsThings(call) && HasRoom(call) && IsNamedRightly(call) && FitsToldPicture(call)));

    /// <summary>
    /// The newest call is said to have put, pushed or thrown something somewhere, and nothing stands there: the sensors felt the deed, but did not see where it ended. Said no more often
    /// than calls may fail, or a thing that always ends a little beside would end the task.
    /// </summary>
    public bool DeniesLastOutcome()
    {
        if (_marks.IsEmpty || _past.Count == 0 || _past.EntryAt(_past.Count - 1).Outcome != SubtaskOutcome.Succeeded || _past[_past.Count - 1] is not { } last)
            return false;
        var isPush = last.Function == Push;
        var namesArea = last.Thing.EndsWith(AreaShape, StringComparison.Ordinal);
        if (!isPush && (last.Function != Place || (last.Thing.Length > 0 && !namesArea)) && !(last.Function == Throw && namesArea))
            return false; // what stands on another thing hides where
        if (_past.PointOf(last.Arguments[^1]) is not { } to || FailuresBefore(_past.Count - 1) >= MostFailures)
            return false;
        if (last.Function == Throw)
            return Nearest(_marks, to, Marked.Area) <= OnAreaPerMille && Nearest(_marks, to, Marked.Object) > HalfAreaPerMille;
        var pushed = last.Arguments[^1].MemorySlot > 0 ? PushedTherePerMille : PushedAwayPerMille;
        for (var i = 0; i < _marks.Length; i += VlmDecoder.MarkValues)
        {
            var mark = _marks.Slice(i, VlmDecoder.MarkValues);
            if (IsThing(mark) && mark[VlmDecoder.MarkIsFlat] == 0 && (isPush ? Distance(to, mark) <= pushed : IsAbove(to, mark, TherePerMille)))
                return false;
        }

        return true;
    }

    private int FailuresBefore(int end)
    {
        var failures = 0;
        while (failures < end && _past.EntryAt(end - 1 - failures).Outcome != SubtaskOutcome.Succeeded)
            failures++;
        return failures;
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
        if (_past.Count == 0 || _past.EntryAt(_past.Count - 1) is not { Outcome: SubtaskOutcome.Succeeded } entry || _past[_past.Count - 1] is not { } last)
            return false;
        if (call.Function == Rotate || call.Function == Touch)
            return call.IsNear(last, SamePerMille);
        if (call.Function == Place && last.Function == Pick)
            return call.Arguments[0].MemorySlot == entry.Slot ? !IsRetry() : AreNear(call.Arguments[0], last.Arguments[0], SamePerMille);
        if (call.Function == Pick && last.Function == Place && last.Thing.Length == 0)
            return AreNear(call.Arguments[0], last.Arguments[0], MarkPerMille) && !IsAtMark(_told, last.Arguments[0]);
        return call.Function == Push && last.Function == Push && AreNear(call.Arguments[0], last.Arguments[1], MarkPerMille) && AreNear(call.Arguments[1], last.Arguments[0], MarkPerMille);
    }

    /// <summary>The newest call took again what the one before had dropped: its slot tells where the thing stood before that.</summary>
    private bool IsRetry() => _past.Count > 1 && PlannerMemory.TakesAgain(_past.EntryAt(_past.Count - 2), _past[_past.Count - 2], _past[_past.Count - 1]);

    private bool AreNear(ArgumentValue a, ArgumentValue b, int perMille) =>
        (a.MemorySlot > 0 && a.MemorySlot == b.MemorySlot) || (_past.PointOf(a) is { } there && _past.PointOf(b) is { } here && Distance(there, here) < perMille);

    /// <summary>
    /// A picture that goes with the sentence and shows how things are to stand: what is picked up is not there yet, and goes where the picture shows one of its name; nothing is
    /// done before all are there. Back again, which only the memory can tell, may go whatever it names.
    /// </summary>
    private bool FitsToldPicture(ApiInvocation call)
    {
        if (_told.IsEmpty || UsesMemory() || IsAsTold())
            return true;
        if (call.Function == RobotApi.Done)
            return !HasPlacedAsTold();
        if ((call.Function != Pick && call.Function != Place) || call.Arguments[0].MemorySlot > 0)
            return true;
        var at = call.Arguments[0];
        if (call.Function == Pick)
            return !(HasPlacedAsTold() && IsTold(at, call.Thing));
        var held = Held();
        if (held.Length == 0 || IsTold(at, held) || (call.Thing.Length > 0 && !HasPlacedAsTold()))
            return true;
        for (var i = 0; i < _told.Length; i += VlmDecoder.MarkValues)
        {
            var mark = _told.Slice(i, VlmDecoder.MarkValues);
            if (!IsThing(mark) || mark[VlmDecoder.MarkIsFlat] != 0)
                continue;
            var isOther = Distance(at, mark) <= MarkPerMille;
            var isFree = _names.AreSure(mark) && _names.Fits(mark, held) && Nearest(_marks, PointOf(mark), Marked.Object) >= RoomOnAreaPerMille;
            if (isOther || isFree)
                return false;
        }

        return true;
    }

    private bool UsesMemory()
    {
        for (var i = 0; i < _past.Count; i++)
        {
            if (_past[i] is { Arguments: [{ MemorySlot: > 0 }, ..] })
                return true;
        }

        return false;
    }

    /// <summary>Was something put where the picture that goes with the sentence shows a thing? Else that picture may mean something else.</summary>
    private bool HasPlacedAsTold()
    {
        for (var i = 0; i < _told.Length; i += VlmDecoder.MarkValues)
        {
            var mark = _told.Slice(i, VlmDecoder.MarkValues);
            if (IsThing(mark) && mark[VlmDecoder.MarkIsFlat] == 0 && HasPlacedAt(mark))
                return true;
        }

        return false;
    }

    private bool HasPlacedAt(ReadOnlySpan<float> told)
    {
        for (var i = 0; i < _past.Count; i++)
        {
            if (_past.EntryAt(i).Outcome == SubtaskOutcome.Succeeded && _past[i] is { Thing.Length: 0 } call && call.Function == Place && Distance(call.Arguments[0], told) <= MarkPerMille)
                return true;
        }

        return false;
    }

    /// <summary>Does everything stand as the picture that goes with the sentence shows it, or did it?</summary>
    private bool IsAsTold()
    {
        for (var i = 0; i < _told.Length; i += VlmDecoder.MarkValues)
        {
            var mark = _told.Slice(i, VlmDecoder.MarkValues);
            if (IsThing(mark) && mark[VlmDecoder.MarkIsFlat] == 0 && !IsSeen(mark) && !HasPlacedAt(mark))
                return false;
        }

        return true;
    }

    private bool IsSeen(ReadOnlySpan<float> told)
    {
        for (var i = 0; i < _marks.Length; i += VlmDecoder.MarkValues)
        {
            var mark = _marks.Slice(i, VlmDecoder.MarkValues);
            if (IsThing(mark) && mark[VlmDecoder.MarkIsFlat] == 0 && Distance(PointOf(told), mark) <= TherePerMille && _names.CouldBeSame(mark, told))
                return true;
        }

        return false;
    }

    /// <summary>Does the picture that goes with the sentence show a thing of that name here?</summary>
    private bool IsTold(ArgumentValue at, string name)
    {
        for (var i = 0; i < _told.Length; i += VlmDecoder.MarkValues)
        {
            var mark = _told.Slice(i, VlmDecoder.MarkValues);
            if (IsThing(mark) && mark[VlmDecoder.MarkIsFlat] == 0 && Distance(at, mark) <= MarkPerMille && name.Length > 0 && _names.Fits(mark, name))
                return true;
        }

        return false;
    }

    /// <summary>What the newest successful pick named.</summary>
    private string Held()
    {
        for (var i = _past.Count - 1; i >= 0; i--)
        {
            if (_past.EntryAt(i).Outcome == SubtaskOutcome.Succeeded && _past[i] is { } call && call.Function == Pick)
                return call.Thing;
        }

        return "";
    }

    /// <summary>Does the vision encoder see something wherever the call wants a thing?</summary>
    private bool ShowsThings(ApiInvocation call)
    {
        for (var i = 0; i < call.Arguments.Count; i++)
        {
            if (call.Call.Arguments[i].NamesThing && call.Arguments[i].MemorySlot == 0 && !IsAtMark(_marks, call.Arguments[i]) && !IsOnArea(call.Arguments[i]))
                return false;
        }

        return true;
    }

    /// <summary>Does the vision encoder see what the call says it points at?</summary>
    private bool IsNamedRightly(ApiInvocation call)
    {
        if (call.Thing.Length == 0 || call.Arguments[0].MemorySlot > 0)
            return true;
        for (var i = 0; i < _marks.Length; i += VlmDecoder.MarkValues)
        {
            var mark = _marks.Slice(i, VlmDecoder.MarkValues);
            if (IsThing(mark) && IsMeant(call.Arguments[0], mark) && _names.Fits(mark, call.Thing))
                return true;
        }

        return false;
    }

    private static bool IsThing(ReadOnlySpan<float> mark) => mark[VlmDecoder.MarkScore] >= LeastScore;

    private static bool IsMeant(ArgumentValue point, ReadOnlySpan<float> mark) =>
        mark[VlmDecoder.MarkIsFlat] != 0 ? Distance(point, mark) <= OnAreaPerMille : IsAbove(point, mark, MarkPerMille);

    /// <summary>Is a mark at a point, or on a stack there?</summary>
    private static bool IsAbove(ArgumentValue point, ReadOnlySpan<float> mark, int within)
    {
        var (right, up) = (mark[0] - point.XPerMille, point.YPerMille - mark[1]);
        return Math.Abs(right) <= within && up >= -within && up <= StackPerMille;
    }

    private static bool IsAtMark(ReadOnlySpan<float> marks, ArgumentValue point) => Nearest(marks, point, Marked.Anything) <= MarkPerMille;

    private bool IsOnArea(ArgumentValue point) => Nearest(_marks, point, Marked.Area) <= OnAreaPerMille;

    /// <summary>What slides hits what stands beside its straight way.</summary>
    private bool IsWayClear(ArgumentValue from, ArgumentValue to)
    {
        double dx = to.XPerMille - from.XPerMille, dy = to.YPerMille - from.YPerMille, length2 = Math.Max(1, (dx * dx) + (dy * dy));
        for (var i = 0; i < _marks.Length; i += VlmDecoder.MarkValues)
        {
            var mark = _marks.Slice(i, VlmDecoder.MarkValues);
            if (!IsThing(mark) || mark[VlmDecoder.MarkIsFlat] != 0 || Distance(from, mark) <= MarkPerMille)
                continue;
            var share = Math.Clamp((((mark[0] - from.XPerMille) * dx) + ((mark[1] - from.YPerMille) * dy)) / length2, 0, 1);
            double right = mark[0] - from.XPerMille - (share * dx), down = mark[1] - from.YPerMille - (share * dy);
            if ((right * right) + (down * down) < WayPerMille * WayPerMille)
                return false;
        }

        return true;
    }

    /// <summary>What is pushed out of the way leaves room where it stood, unless it had only stopped short.</summary>
    private bool IsFarEnough(ApiInvocation call, ArgumentValue from, ArgumentValue to) =>
        call.Arguments[1].MemorySlot > 0 || Distance(from, to) >= AwayPerMille || IsAtMark(_marks, to) || IsOnArea(to)
        || (_past.Count > 0 && _past[_past.Count - 1] is { } last && last.Function == Push && AreNear(last.Arguments[1], to, SamePerMille));

    /// <summary>
    /// What is thrown at an area comes down beside what lies there. What is put down goes on a thing, on an area beside what stands there (a call that names the area means no thing on it), or where the picture that goes with the
    /// sentence shows one, or where nothing stands and nothing of this task stood: that place may be needed. What is pushed has a clear way, to where nothing else stands.
    /// </summary>
    private bool HasRoom(ApiInvocation call)
    {
        if (call.Function == Push)
            return _past.PointOf(call.Arguments[0]) is not { } start || _past.PointOf(call.Arguments[1]) is not { } end || (IsWayClear(start, end) && IsFarEnough(call, start, end));
        if ((call.Function != Place && call.Function != Throw) || call.Arguments[0].MemorySlot > 0)
            return true;
        var at = call.Arguments[0];
        var room = Nearest(_marks, at, Marked.Object);
        if (call.Function == Throw)
            return room >= RoomOnAreaPerMille || !call.Thing.EndsWith(AreaShape, StringComparison.Ordinal);
        if (room <= MarkPerMille && call.Thing.EndsWith(AreaShape, StringComparison.Ordinal))
            return false;
        if (IsAtMark(_marks, at) || IsAtMark(_told, at))
            return true;
        if (IsOnArea(at))
            return room >= RoomOnAreaPerMille;
        if (room < RoomPerMille)
            return false;
        for (var i = 0; i < _past.Count; i++)
        {
            if (_past.EntryAt(i).Outcome == SubtaskOutcome.Succeeded && _past[i] is { Arguments: [{ MemorySlot: 0 } from, ..] } past && past.Function == Pick && Distance(from, at) < RememberedRoomPerMille)
                return false;
        }

        return true;
    }

    private static double Nearest(ReadOnlySpan<float> marks, ArgumentValue point, Marked kind, ArgumentValue? but = null)
    {
        var nearest = double.PositiveInfinity;
        for (var i = 0; i < marks.Length; i += VlmDecoder.MarkValues)
        {
            var isOfKind = kind == Marked.Anything || (kind == Marked.Area) == (marks[i + VlmDecoder.MarkIsFlat] != 0);
            if (marks[i + VlmDecoder.MarkScore] >= LeastScore && isOfKind && !(but is { } left && Distance(left, marks[i..]) <= MarkPerMille))
                nearest = Math.Min(nearest, Distance(point, marks[i..]));
        }

        return nearest;
    }

    private static double Distance(ArgumentValue point, ReadOnlySpan<float> mark) => Distance(point, PointOf(mark));

    private static ArgumentValue PointOf(ReadOnlySpan<float> mark) => new(0, (int)mark[0], (int)mark[1]);

    private static double Distance(ArgumentValue a, ArgumentValue b) =>
        Math.Sqrt(((a.XPerMille - b.XPerMille) * (a.XPerMille - b.XPerMille)) + ((a.YPerMille - b.YPerMille) * (a.YPerMille - b.YPerMille)));

    private enum Marked
    {
        Anything,
        Object,
        Area,
    }
}
