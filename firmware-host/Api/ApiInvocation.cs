namespace Edge.Api;

/// <summary>One call as written by a planner: the function and its arguments, in the declared order.</summary>
/// <param name="Function">Index in <see cref="RobotApi.Calls"/>.</param>
/// <param name="Arguments">One value per declared argument.</param>
public sealed record ApiInvocation(int Function, IReadOnlyList<PlaceArgument> Arguments)
{
    /// <summary>The declaration.</summary>
    public ApiCall Call => RobotApi.Calls[Function];
}

/// <summary>Where something is: a point of the picture, or a slot of the memory.</summary>
/// <param name="MemorySlot">1 or more: the remembered call whose pose is meant; 0: the image point counts.</param>
/// <param name="XPerMille">0..999, from the left edge.</param>
/// <param name="YPerMille">0..999, from the upper edge.</param>
public readonly record struct PlaceArgument(int MemorySlot, int XPerMille, int YPerMille);
