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
    public static ArgumentValue PointAt(CameraModel camera, double u, double v)
    {
        ArgumentNullException.ThrowIfNull(camera);
        return new ArgumentValue(0, Cell(u / camera.WidthPx), Cell(v / camera.HeightPx));
    }

    /// <summary>
    /// The targets of a call, each the point of the table (z = 0, yaw 0) seen at the middle of the image point's cell, or below the remembered pose: the place
    /// where it begins, and the one where it ends, or half the way to it. A call with one place has the same twice; an angle turns the second; without arguments they are zeros.
    /// </summary>
    /// <param name="invocation">The call.</param>
    /// <param name="camera">Camera whose picture the planner saw.</param>
    /// <param name="memory">Memory that the planner saw.</param>
    /// <param name="workspaceM">Box that a target's x and y must lie in, base frame, metres.</param>
    /// <param name="targets">The targets, base frame.</param>
    /// <param name="error">Names the argument, what was found and what is allowed.</param>
    public static bool TryResolve(
        ApiInvocation invocation, CameraModel camera, IReadOnlyList<MemoryEntry> memory, BoxDescription workspaceM, out CallTargets targets, out string error)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        ArgumentNullException.ThrowIfNull(camera);
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(workspaceM);
        targets = default;
        var places = 0;
        for (var i = 0; i < invocation.Arguments.Count; i++)
        {
            var (argument, value) = (invocation.Call.Arguments[i], invocation.Arguments[i]);
            if (argument.Kind == ArgumentKind.Angle)
            {
                targets = targets with { End = targets.End with { Yaw = value.Degrees * Math.PI / 180 } };
                continue;
            }

            if (!TryLocate(value, camera, memory, out var x, out var y, out error) || !IsAllowed(argument.Kind, x, y, workspaceM, out error))
            {
                error = $"{invocation.Call.Name}: {argument.Name}: {error}";
                return false;
            }

            var place = new ToolPose(x, y, 0, 0);
            targets = places++ == 0 ? new CallTargets(place, place) : targets with { End = argument.Kind == ArgumentKind.HalfWay ? Between(targets.Begin, place) : place };
        }

        error = "";
        return true;
    }

    private static ToolPose Between(ToolPose a, ToolPose b) => new((a.X + b.X) / 2, (a.Y + b.Y) / 2, 0, 0);

    private static bool IsAllowed(ArgumentKind kind, double x, double y, BoxDescription workspaceM, out string error)
    {
        var inside = x >= workspaceM.Min[0] && x <= workspaceM.Max[0] && y >= workspaceM.Min[1] && y <= workspaceM.Max[1];
        error = inside || kind == ArgumentKind.FarPlace ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $"found the point ({x:0.000}, {y:0.000}) m, allowed x {workspaceM.Min[0]} to {workspaceM.Max[0]}, y {workspaceM.Min[1]} to {workspaceM.Max[1]}");
        return error.Length == 0;
    }

    private static bool TryLocate(ArgumentValue place, CameraModel camera, IReadOnlyList<MemoryEntry> memory, out double x, out double y, out string error)
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

/// <summary>Where a call begins and where it ends, base frame; the same for calls that happen in one place.</summary>
/// <param name="Begin">Where it begins.</param>
/// <param name="End">Where it ends: the second place, or the first one turned.</param>
public readonly record struct CallTargets(ToolPose Begin, ToolPose End);
