using Edge.Api;

namespace Edge.Planner;

/// <summary>What could be meant by a call that makes no sense: the same call at everything else, by what the API declares of its arguments. An argument that names a thing means one that is marked.</summary>
internal readonly ref struct OtherCalls
{
    private static readonly (int Right, int Down)[] Middle = [(0, 0)];

    /// <summary>Where things stand that share an area: per mille of the picture beside its middle, 34 mm along one side or both.</summary>
    private static readonly (int Right, int Down)[] BesideMiddle = [(0, 0), (-46, 0), (46, 0), (-46, -50), (46, -50), (-46, 50), (46, 50)];

    /// <summary>The same for what comes from afar and slides on a little.</summary>
    private static readonly (int Right, int Down)[] BesideFarMiddle = [(0, 0), (-46, -22), (46, -22)];

    /// <summary>Where things may be moved out of the way: points of the picture so far apart, per mille; the check leaves few of them.</summary>
    private const int LatticePerMille = 100;

    private static readonly int Pick = RobotApi.IndexOf("pick");

    private readonly MarkSet _marks, _told;
    private readonly MarkNames _names;

    /// <summary>Takes what is seen.</summary>
    /// <param name="marks">Of the robot's picture.</param>
    /// <param name="told">Of the picture that goes with the sentence.</param>
    /// <param name="names">What the marks are called.</param>
    public OtherCalls(MarkSet marks, MarkSet told, MarkNames names)
    {
        _marks = marks;
        _told = told;
        _names = names;
    }

    /// <summary>The same call at all that is marked, one argument changed at a time; of <c>done</c>, a grasp of each.</summary>
    public List<ApiInvocation> Than(ApiInvocation said)
    {
        if (said.Function == RobotApi.Done)
            said = new ApiInvocation(Pick, [new ArgumentValue(0, 0, 0)]);
        var calls = new List<ApiInvocation>();
        for (var i = 0; i < said.Arguments.Count; i++)
        {
            var argument = said.Call.Arguments[i];
            if (argument.Kind == ArgumentKind.Angle)
                continue;
            if (i > 0 && !argument.NamesThing)
                AddLattice(calls, said, i);
            else if (said.Arguments[i].MemorySlot == 0)
                AddMarks(calls, said, i);
        }

        return calls;
    }

    private static void AddLattice(List<ApiInvocation> calls, ApiInvocation said, int argument)
    {
        for (var x = LatticePerMille; x < 1000; x += LatticePerMille)
        {
            for (var y = LatticePerMille; y < 1000; y += LatticePerMille)
                calls.Add(Changed(said, argument, x, y, said.Thing));
        }
    }

    private void AddMarks(List<ApiInvocation> calls, ApiInvocation said, int argument)
    {
        var declared = said.Call.Arguments[argument];
        foreach (var mark in _marks)
        {
            foreach (var (right, down) in PlacesAt(mark, declared))
                calls.Add(Changed(said, argument, mark.Point.XPerMille + right, mark.Point.YPerMille + down, argument > 0 ? said.Thing : _names.Of(mark)));
        }

        if (declared.NamesThing)
            return;
        foreach (var mark in _told)
            calls.Add(Changed(said, argument, mark.Point.XPerMille, mark.Point.YPerMille, ""));
    }

    /// <summary>Offsets from a mark's middle that an argument could mean: a thing is meant by its middle, an area by any place on it.</summary>
    private static ReadOnlySpan<(int Right, int Down)> PlacesAt(Mark mark, ApiArgument declared)
    {
        if (mark.IsArea && declared.Kind == ArgumentKind.FarPlace)
            return BesideFarMiddle;
        return mark.IsArea && !declared.NamesThing ? BesideMiddle : Middle;
    }

    private static ApiInvocation Changed(ApiInvocation said, int argument, int x, int y, string thing)
    {
        var values = said.Arguments.ToArray();
        values[argument] = new ArgumentValue(0, Math.Clamp(x, 0, 999), Math.Clamp(y, 0, 999));
        return said with { Arguments = values, Thing = thing };
    }
}
