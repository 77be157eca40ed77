using Edge.Api;
using Edge.Policy;

namespace Edge.Planner;

/// <summary>
/// Does a call make sense, given what the vision encoder marked (<see cref="VlmDecoder.Marks"/>) and what was done so far? Digits are written one after the other, so a
/// point may be half of one thing and half of another; and what was tried in vain should not be tried for ever. Allocates nothing but for calls in the memory.
/// </summary>
internal readonly ref struct CallSense
{
    /// <summary>A mark of at least this score is a thing.</summary>
    public const float LeastScore = 0.15f;

    /// <summary>A call that has failed so often in a row is not written once more; calls with points this near (per mille) are the same.</summary>
    private const int MostFailures = 2, SamePerMille = 20;

    /// <summary>
    /// Per mille of the picture, of which 14 are about a centimetre: a mark this near is the thing that a point means; what is put down beside all things needs this
    /// much room; a point this near to an area's middle is on it, and there less room is enough.
    /// </summary>
    private const int MarkPerMille = 35, RoomPerMille = 110, OnAreaPerMille = 80, RoomOnAreaPerMille = 60;

    /// <summary>A call at a stack points below it and means its topmost thing, whose mark is so far above the point at most.</summary>
    private const int StackPerMille = 220;

    /// <summary>What the name of an area ends in.</summary>
    private const string AreaShape = " area";

    private static readonly int Pick = RobotApi.IndexOf("pick"), Place = RobotApi.IndexOf("place"), Push = RobotApi.IndexOf("push"), Rotate = RobotApi.IndexOf("rotate"), Touch = RobotApi.IndexOf("touch");
    private static readonly MemorySlots AnySlots = new(1, MemorySlots.Highest);

    private readonly ReadOnlySpan<float> _marks, _told;
    private readonly MarkNames _names;
    private readonly IReadOnlyList<MemoryEntry> _memory;

    /// <summary>Takes what is known.</summary>
    /// <param name="marks">Of the robot's picture; empty: the package has none, and only the memory is asked.</param>
    /// <param name="told">Of the picture that goes with the sentence; empty: there is none.</param>
    /// <param name="names">What the marks are called.</param>
    /// <param name="memory">Calls so far, oldest first.</param>
    public CallSense(ReadOnlySpan<float> marks, ReadOnlySpan<float> told, MarkNames names, IReadOnlyList<MemoryEntry> memory)
    {
        _marks = marks;
        _told = told;
        _names = names;
        _memory = memory;
    }

    /// <summary>Does the call make sense?</summary>
    public bool Allows(ApiInvocation call) => !HasFailed(call) && !Repeats(call) && (_marks.IsEmpty || (ShowsThings(call) && HasRoom(call) && IsNamedRightly(call)));

    /// <summary>Has this very call, or one close by, failed too often since something last succeeded?</summary>
    private bool HasFailed(ApiInvocation call)
    {
        var failures = 0;
        for (var i = _memory.Count - 1; i >= 0 && _memory[i].Outcome != SubtaskOutcome.Succeeded; i--)
        {
            if (CallParser.TryParse(_memory[i].Call, AnySlots, out var failed, out _) && call.IsNear(failed, SamePerMille))
                failures++;
        }

        return failures >= MostFailures;
    }

    /// <summary>Does it turn or touch once more what the last call has just turned or touched, or put back what that has just picked up?</summary>
    private bool Repeats(ApiInvocation call)
    {
        if (_memory.Count == 0 || _memory[^1].Outcome != SubtaskOutcome.Succeeded || !CallParser.TryParse(_memory[^1].Call, AnySlots, out var last, out _))
            return false;
        if (call.Function == Rotate || call.Function == Touch)
            return call.IsNear(last, SamePerMille);
        if (call.Function != Place || last.Function != Pick)
            return false;
        var (from, to) = (last.Arguments[0], call.Arguments[0]);
        return to.MemorySlot == 0 ? from.MemorySlot == 0 && Distance(from, to) < SamePerMille : to.MemorySlot == from.MemorySlot || to.MemorySlot == _memory[^1].Slot;
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
            if (mark[VlmDecoder.MarkScore] >= LeastScore && IsMeant(call.Arguments[0], mark) && _names.Fits(mark, call.Thing))
                return true;
        }

        return false;
    }

    private static bool IsMeant(ArgumentValue point, ReadOnlySpan<float> mark)
    {
        if (mark[VlmDecoder.MarkIsFlat] != 0)
            return Distance(point, mark) <= OnAreaPerMille;
        var (right, up) = (mark[0] - point.XPerMille, point.YPerMille - mark[1]);
        return Math.Abs(right) <= MarkPerMille && up >= -MarkPerMille && up <= StackPerMille;
    }

    private static bool IsAtMark(ReadOnlySpan<float> marks, ArgumentValue point) => Nearest(marks, point, Marked.Anything) <= MarkPerMille;

    private bool IsOnArea(ArgumentValue point) => Nearest(_marks, point, Marked.Area) <= OnAreaPerMille;

    /// <summary>
    /// What is put down goes on a thing, on an area beside what stands there (a call that names the area means no thing on it), or where the picture that goes with the
    /// sentence shows one, or where nothing stands and nothing of this task stood: that place may be needed. What is pushed goes where nothing else stands.
    /// </summary>
    private bool HasRoom(ApiInvocation call)
    {
        if (call.Function == Push && call.Arguments is [{ MemorySlot: 0 } from, { MemorySlot: 0 } to])
            return Nearest(_marks, to, Marked.Object, but: from) >= RoomOnAreaPerMille;
        if (call.Function != Place || call.Arguments[0].MemorySlot > 0)
            return true;
        var at = call.Arguments[0];
        var room = Nearest(_marks, at, Marked.Object);
        if (room <= MarkPerMille && call.Thing.EndsWith(AreaShape, StringComparison.Ordinal))
            return false;
        if (IsAtMark(_marks, at) || IsAtMark(_told, at))
            return true;
        if (IsOnArea(at))
            return room >= RoomOnAreaPerMille;
        if (room < RoomPerMille)
            return false;
        for (var i = 0; i < _memory.Count; i++)
        {
            if (_memory[i].Outcome == SubtaskOutcome.Succeeded && CallParser.TryParse(_memory[i].Call, AnySlots, out var past, out _)
                && past.Function == Pick && past.Arguments[0].MemorySlot == 0 && Distance(past.Arguments[0], at) < RoomPerMille)
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

    private static double Distance(ArgumentValue point, ReadOnlySpan<float> mark) => Distance(point, new ArgumentValue(0, (int)mark[0], (int)mark[1]));

    private static double Distance(ArgumentValue a, ArgumentValue b) =>
        Math.Sqrt(((a.XPerMille - b.XPerMille) * (a.XPerMille - b.XPerMille)) + ((a.YPerMille - b.YPerMille) * (a.YPerMille - b.YPerMille)));

    private enum Marked
    {
        Anything,
        Object,
        Area,
    }
}
