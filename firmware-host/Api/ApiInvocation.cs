namespace Edge.Api;

/// <summary>One call as written by a planner: the function and its arguments, in the declared order.</summary>
/// <param name="Function">Index in <see cref="RobotApi.Calls"/>.</param>
/// <param name="Arguments">One value per declared argument.</param>
public sealed record ApiInvocation(int Function, IReadOnlyList<ArgumentValue> Arguments)
{
    /// <summary>The declaration.</summary>
    public ApiCall Call => RobotApi.Calls[Function];
}

/// <summary>The value of an argument: a point of the picture, a slot of the memory, or an angle, as its <see cref="ArgumentKind"/> says.</summary>
/// <param name="MemorySlot">1 or more: the remembered call whose pose is meant; 0: the image point counts.</param>
/// <param name="XPerMille">0..999, from the left edge.</param>
/// <param name="YPerMille">0..999, from the upper edge.</param>
/// <param name="Degrees">For <see cref="ArgumentKind.Angle"/>: counter-clockwise seen from above.</param>
public readonly record struct ArgumentValue(int MemorySlot, int XPerMille, int YPerMille, int Degrees = 0);
