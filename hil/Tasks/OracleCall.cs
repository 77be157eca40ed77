using Edge.Api;
using Edge.Cameras;

namespace Edge.Hil.Tasks;

/// <summary>A call of the oracle, its places given in metres (base frame) or, the first, as a memory slot.</summary>
/// <param name="Function">Name of the call.</param>
/// <param name="MemorySlot">1 or more: the place is that of this slot; 0: it is (<paramref name="X"/>, <paramref name="Y"/>).</param>
/// <param name="X">Metres.</param>
/// <param name="Y">Metres.</param>
public readonly record struct OracleCall(string Function, int MemorySlot, double X, double Y)
{
    /// <summary>The task is finished.</summary>
    public static OracleCall Done { get; } = new("done", 0, 0, 0);

    /// <summary>The second place of a call that has two, metres.</summary>
    public (double X, double Y) To { get; init; }

    /// <summary>The slot that <see cref="To"/> is taken from; 0: none.</summary>
    public int ToSlot { get; init; }

    /// <summary>The angle of a call that has one.</summary>
    public int Degrees { get; init; }

    /// <summary>A call at a point of the table.</summary>
    public static OracleCall At(string function, double x, double y) => new(function, 0, x, y);

    /// <summary>A call at a remembered place.</summary>
    public static OracleCall AtMemory(string function, int slot) => new(function, slot, 0, 0);

    /// <summary>The same call as a planner writes it, its points as the calibrated camera sees them.</summary>
    public ApiInvocation ToInvocation(CameraModel camera)
    {
        ArgumentNullException.ThrowIfNull(camera);
        var function = RobotApi.IndexOf(Function);
        var arguments = new List<ArgumentValue>();
        foreach (var argument in RobotApi.Calls[function].Arguments)
        {
            arguments.Add(argument.Kind == ArgumentKind.Angle ? new ArgumentValue(0, 0, 0, Degrees)
                : arguments.Count == 0 ? Place(camera, MemorySlot, X, Y)
                : Place(camera, ToSlot, To.X, To.Y));
        }

        return new ApiInvocation(function, arguments);
    }

    private static ArgumentValue Place(CameraModel camera, int slot, double x, double y)
    {
        if (slot > 0)
            return new ArgumentValue(slot, 0, 0);
        var (u, v, _) = camera.Project(x, y, 0);
        return TargetResolver.PointAt(camera, u, v);
    }
}
