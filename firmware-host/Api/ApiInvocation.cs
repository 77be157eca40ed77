namespace Edge.Api;

/// <summary>One call as written by a planner: the function and its arguments, in the declared order.</summary>
/// <param name="Function">Index in <see cref="RobotApi.Calls"/>.</param>
/// <param name="Arguments">One value per declared argument.</param>
public sealed record ApiInvocation(int Function, IReadOnlyList<ArgumentValue> Arguments)
{
    /// <summary>
    /// What the call points at, as the planner reads it, or empty: <c>pick("red cube", at=(412, 377))</c>. It moves nothing, but it stays in the memory after the thing has
    /// left the picture.
    /// </summary>
    public string Thing { get; init; } = "";

    /// <summary>The declaration.</summary>
    public ApiCall Call => RobotApi.Calls[Function];

    /// <summary>Index of the call that the policy does.</summary>
    public int Motion => Function < 0 ? Function : RobotApi.IndexOf(Call.Motion);

    /// <summary>The same call with the same slots and angles, and its points no further apart than <paramref name="perMille"/> of the picture, along either side.</summary>
    public bool IsNear(ApiInvocation other, int perMille)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Function != other.Function)
            return false;
        for (var i = 0; i < Arguments.Count; i++)
        {
            var (a, b) = (Arguments[i], other.Arguments[i]);
            if (a.MemorySlot != b.MemorySlot || a.Degrees != b.Degrees || Math.Abs(a.XPerMille - b.XPerMille) > perMille || Math.Abs(a.YPerMille - b.YPerMille) > perMille)
                return false;
        }

        return true;
    }
}

/// <summary>The value of an argument: a point of the picture, a slot of the memory, or an angle, as its <see cref="ArgumentKind"/> says.</summary>
/// <param name="MemorySlot">1 or more: the remembered call whose pose is meant; 0: the image point counts.</param>
/// <param name="XPerMille">0..999, from the left edge.</param>
/// <param name="YPerMille">0..999, from the upper edge.</param>
/// <param name="Degrees">For <see cref="ArgumentKind.Angle"/>: counter-clockwise seen from above.</param>
public readonly record struct ArgumentValue(int MemorySlot, int XPerMille, int YPerMille, int Degrees = 0)
{
    /// <summary>Distance between two image points, per mille of the picture.</summary>
    public double DistanceTo(ArgumentValue other)
    {
        double right = other.XPerMille - XPerMille, down = other.YPerMille - YPerMille;
        return Math.Sqrt((right * right) + (down * down));
    }
}
