using System.Globalization;
using Edge.Cameras;
using Edge.Control;
using Edge.Planner;
using Edge.Robots;

namespace Edge.Api;

/// <summary>Turns the place that a call names into a target on the table, base frame.</summary>
public static class TargetResolver
{
    private const double PerMille = 1000;

    /// <summary>The image point in whose cell a pixel lies, clamped to the picture.</summary>
    public static PlaceArgument PointAt(CameraModel camera, double u, double v)
    {
        ArgumentNullException.ThrowIfNull(camera);
        return new PlaceArgument(0, Cell(u / camera.WidthPx), Cell(v / camera.HeightPx));
    }

    /// <summary>
    /// The target of a call: the point of the table (z = 0, yaw 0) seen at the middle of the image point's cell, or below the remembered pose. A call without
    /// arguments has none: the answer is true and a target of zeros.
    /// </summary>
    /// <param name="invocation">The call.</param>
    /// <param name="camera">Camera whose picture the planner saw.</param>
    /// <param name="memory">Memory that the planner saw.</param>
    /// <param name="workspaceM">Box that the target's x and y must lie in, base frame, metres.</param>
    /// <param name="target">The target, base frame.</param>
    /// <param name="error">Names the argument, what was found and what is allowed.</param>
    public static bool TryResolve(
        ApiInvocation invocation, CameraModel camera, IReadOnlyList<MemoryEntry> memory, BoxDescription workspaceM, out ToolPose target, out string error)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        ArgumentNullException.ThrowIfNull(camera);
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(workspaceM);
        target = default;
        error = "";
        for (var i = 0; i < invocation.Arguments.Count; i++)
        {
            var name = $"{invocation.Call.Name}: {invocation.Call.Arguments[i].Name}";
            switch (invocation.Call.Arguments[i].Kind)
            {
                case ArgumentKind.Place:
                    if (!TryLocate(invocation.Arguments[i], camera, memory, out var x, out var y, out error))
                    {
                        error = $"{name}: {error}";
                        return false;
                    }

                    if (!(x >= workspaceM.Min[0] && x <= workspaceM.Max[0] && y >= workspaceM.Min[1] && y <= workspaceM.Max[1]))
                    {
                        error = string.Create(
                            CultureInfo.InvariantCulture,
                            $"{name}: found the point ({x:0.000}, {y:0.000}) m, allowed x {workspaceM.Min[0]} to {workspaceM.Max[0]}, y {workspaceM.Min[1]} to {workspaceM.Max[1]}");
                        return false;
                    }

                    target = new ToolPose(x, y, 0, 0);
                    break;
                default:
                    throw new InvalidOperationException($"{name}: this kind of argument has no target.");
            }
        }

        return true;
    }

    private static bool TryLocate(PlaceArgument place, CameraModel camera, IReadOnlyList<MemoryEntry> memory, out double x, out double y, out string error)
    {
        error = "";
        if (place.MemorySlot == 0)
        {
            var u = (place.XPerMille + 0.5) / PerMille * camera.WidthPx;
            var v = (place.YPerMille + 0.5) / PerMille * camera.HeightPx;
            if (camera.TryUnproject(u, v, 0, out x, out y))
                return true;
            error = $"found ({place.XPerMille}, {place.YPerMille}), allowed a point of the picture that shows the table";
            return false;
        }

        foreach (var entry in memory)
        {
            if (entry.Slot != place.MemorySlot)
                continue;
            (x, y) = (entry.Pose.X, entry.Pose.Y);
            return true;
        }

        (x, y) = (0, 0);
        error = $"found memory({place.MemorySlot}), allowed slots of this task's memory";
        return false;
    }

    private static int Cell(double fraction) => (int)Math.Clamp(Math.Floor(fraction * PerMille), 0, PerMille - 1);
}
