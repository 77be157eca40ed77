using Edge.Api;
using Edge.Cameras;

namespace Edge.Hil.Tasks;

/// <summary>A call of the oracle, its place given in metres (base frame) or as a memory slot.</summary>
/// <param name="Function">Name of the call.</param>
/// <param name="MemorySlot">1 or more: the place is that of this slot; 0: it is (<paramref name="X"/>, <paramref name="Y"/>).</param>
/// <param name="X">Metres.</param>
/// <param name="Y">Metres.</param>
public readonly record struct OracleCall(string Function, int MemorySlot, double X, double Y)
{
    /// <summary>The task is finished.</summary>
    public static OracleCall Done { get; } = new("done", 0, 0, 0);

    /// <summary>A call at a point of the table.</summary>
    public static OracleCall At(string function, double x, double y) => new(function, 0, x, y);

    /// <summary>A call at a remembered place.</summary>
    public static OracleCall AtMemory(string function, int slot) => new(function, slot, 0, 0);

    /// <summary>The same call as a planner writes it, its point as the calibrated camera sees it.</summary>
    public ApiInvocation ToInvocation(CameraModel camera)
    {
        ArgumentNullException.ThrowIfNull(camera);
        var function = RobotApi.IndexOf(Function);
        if (RobotApi.Calls[function].Arguments.Count == 0)
            return new ApiInvocation(function, []);
        if (MemorySlot > 0)
            return new ApiInvocation(function, [new PlaceArgument(MemorySlot, 0, 0)]);
        var (u, v, _) = camera.Project(X, Y, 0);
        return new ApiInvocation(function, [TargetResolver.PointAt(camera, u, v)]);
    }
}
