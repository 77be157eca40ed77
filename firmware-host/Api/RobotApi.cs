namespace Edge.Api;

/// <summary>
/// The robot API, declared once. The planner's grammar and prompt, the training labels and the policy's conditioning are made from <see cref="Calls"/>;
/// a new call is one more line here.
/// </summary>
public static class RobotApi
{
    /// <summary>Every call, in the order of the policy's one-hot conditioning: append, never reorder.</summary>
    public static IReadOnlyList<ApiCall> Calls { get; } =
    [
        new("pick", [new("at", ArgumentKind.Place, NamesThing: true)], 15, "Grasp the object that stands at this point, lift it and return home."),
        new("place", [new("at", ArgumentKind.Place)], 15, "Put the held object down at this point, let go and return home."),
        new("touch", [new("at", ArgumentKind.Place, NamesThing: true)], 15, "Touch the object that stands at this point from above, without grasping, and return home."),
        new("done", [], 0, "The task is finished."),
        new("push", [new("at", ArgumentKind.Place, NamesThing: true), new("to", ArgumentKind.Place)], 20, "Press on the object that stands at the first point, slide it to the second and return home; it is never grasped."),
        new("topple", [new("at", ArgumentKind.Place, NamesThing: true)], 15, "Knock over what stands at this point with a sweep towards the middle line of the table."),
        new("rotate", [new("at", ArgumentKind.Place, NamesThing: true), new("by", ArgumentKind.Angle)], 25, "Lift the object that stands at this point, turn it by the angle, set it down where it stood and return home."),
        new("move", [new("to", ArgumentKind.Place)], 15, "Bring the tool low over this point, around whatever stands in the way."),
        new("throw", [new("at", ArgumentKind.FarPlace, NamesThing: true)], 15, "Throw the held object at this point, which may lie out of reach, and return home."),
        new("push_towards", [new("at", ArgumentKind.Place, NamesThing: true), new("towards", ArgumentKind.HalfWay, NamesThing: true)], 20, "Push the object that stands at the first point half the way to what stands at the second.") { Motion = "push" },
    ];

    /// <summary>Index of a call by name; -1 when there is none.</summary>
    public static int IndexOf(ReadOnlySpan<char> name)
    {
        for (var i = 0; i < Calls.Count; i++)
        {
            if (name.SequenceEqual(Calls[i].Name))
                return i;
        }

        return -1;
    }

    /// <summary>Index of <c>done</c>, the only call that the policy does not run.</summary>
    public static int Done { get; } = IndexOf("done");
}

/// <summary>One call: its name, its named arguments in order, how long it may take, and what it does (for people and for the prompt).</summary>
/// <param name="Name">Lower case, as the planner writes it.</param>
/// <param name="Arguments">Written <c>name=value</c>, separated by a comma and a space.</param>
/// <param name="TimeoutSeconds">After this long the call has failed; 0 for a call that moves nothing.</param>
/// <param name="Documentation">One sentence.</param>
public sealed record ApiCall(string Name, IReadOnlyList<ApiArgument> Arguments, double TimeoutSeconds, string Documentation)
{
    /// <summary>The call that the policy does: this one, or one of which it is another way to say where.</summary>
    public string Motion { get; init; } = Name;

    /// <summary>Every place that it names is that of a thing to be seen.</summary>
    public bool NamesThingsAlone => Arguments.Count > 0 && Arguments.All(argument => argument.NamesThing || argument.Kind == ArgumentKind.Angle);
}

/// <summary>One argument of a call.</summary>
/// <param name="Name">As the planner writes it.</param>
/// <param name="Kind">What may be written.</param>
/// <param name="NamesThing">Something is to be seen at this place; else it may be empty.</param>
public sealed record ApiArgument(string Name, ArgumentKind Kind, bool NamesThing = false);

/// <summary>What may be written for an argument.</summary>
public enum ArgumentKind
{
    /// <summary>
    /// Where something stands: an image point <c>(412, 377)</c>, per mille of the picture's width and height, of the spot of the table under the thing named;
    /// or <c>memory(2)</c>, the pose kept by the second remembered call.
    /// </summary>
    Place,

    /// <summary>Like <see cref="Place"/>, and it may lie outside the workspace.</summary>
    FarPlace,

    /// <summary>Like <see cref="Place"/>, and the call ends half-way to it.</summary>
    HalfWay,

    /// <summary>A turn about the vertical, counter-clockwise from above, in degrees: a multiple of 30 from -180 to 180, but not 0.</summary>
    Angle,
}
