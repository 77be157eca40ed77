using System.Globalization;
using Edge.Hil.Pictures;

namespace Edge.Hil.Demo;

/// <summary>What the timeline shows. Times in seconds since the start of the run.</summary>
/// <param name="Tasks">Instruction of each task and when it ran.</param>
/// <param name="Calls">Each call, when it was planned, when it ran, and whether it succeeded.</param>
/// <param name="JointNames">One per track.</param>
/// <param name="TimeSeconds">Sample times of the tracks.</param>
/// <param name="JointRad">Measured joint positions, [sample][joint].</param>
/// <param name="LatenessUs">Largest wake-up lateness of the loop since the previous sample, microseconds.</param>
public sealed record TimelineData(
    IReadOnlyList<(string Text, double Begin, double End)> Tasks,
    IReadOnlyList<(string Text, double Plan, double Begin, double End, bool Succeeded)> Calls,
    IReadOnlyList<string> JointNames,
    IReadOnlyList<double> TimeSeconds,
    IReadOnlyList<double[]> JointRad,
    IReadOnlyList<double> LatenessUs);

/// <summary>Draws a run as an SVG picture: the calls, the joints, and the loop's lateness over one time axis.</summary>
public static class TimelinePicture
{
    private const double Width = 1400, Height = 700, Left = 90, Right = 30, TaskTop = 50, CallTop = 84, CallHeight = 40, JointTop = 170, JointHeight = 280, LateTop = 500, LateHeight = 150;

    /// <summary>Writes the picture to a file.</summary>
    public static void Write(string path, TimelineData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var end = Math.Max(1, data.TimeSeconds.Count > 0 ? data.TimeSeconds[^1] : 1);
        double X(double t) => Left + ((Width - Left - Right) * Math.Clamp(t / end, 0, 1));
        var svg = new SvgPicture(Width, Height);
        svg.Text(Left, 24, "A run: calls, joints, and the loop's wake-up lateness", "#222", size: 16);
        foreach (var (text, begin, stop) in data.Tasks)
        {
            svg.Line(X(begin), TaskTop + 18, X(stop), TaskTop + 18, "#222", 2);
            svg.Text(X(begin) + 2, TaskTop + 12, Shorten($"“{text}”", X(stop) - X(begin)), "#222");
        }

        foreach (var (text, plan, begin, stop, succeeded) in data.Calls)
        {
            svg.Rect(X(plan), CallTop, X(begin) - X(plan), CallHeight, "#d9d9d9");
            svg.Rect(X(begin), CallTop, X(stop) - X(begin), CallHeight, succeeded ? "#bfe3c6" : "#f3c1c1");
            svg.Text(X(begin) + 3, CallTop + 25, Shorten(text, X(stop) - X(begin)), "#222", size: 11);
        }

        svg.Text(Left, CallTop + CallHeight + 16, "grey: the planner reads the picture; green: the policy runs the call, success; red: failure", "#666", size: 11);
        Tracks(svg, data, X);
        Lateness(svg, data, X);
        for (var t = 0.0; t <= end; t += Step(end))
        {
            svg.Line(X(t), LateTop + LateHeight, X(t), LateTop + LateHeight + 5, "#222", 1);
            svg.Text(X(t), LateTop + LateHeight + 20, t.ToString("0", CultureInfo.InvariantCulture) + " s", "#222", anchor: "middle");
        }

        svg.Save(path);
    }

    private static void Tracks(SvgPicture svg, TimelineData data, Func<double, double> x)
    {
        if (data.JointRad.Count == 0)
            return;
        double low = data.JointRad.Min(q => q.Min()), high = Math.Max(data.JointRad.Max(q => q.Max()), low + 0.1);
        double Y(double q) => JointTop + JointHeight - (JointHeight * (q - low) / (high - low));
        svg.Frame(Left, JointTop, Width - Left - Right, JointHeight, "joints, rad");
        for (var q = Math.Ceiling(low * 2) / 2; q <= high; q += 0.5)
            svg.Text(Left - 8, Y(q) + 4, q.ToString("0.0", CultureInfo.InvariantCulture), "#666", anchor: "end", size: 11);
        for (var j = 0; j < data.JointNames.Count; j++)
        {
            var joint = j;
            svg.Polyline(Enumerable.Range(0, data.JointRad.Count).Select(i => (x(data.TimeSeconds[i]), Y(data.JointRad[i][joint]))), SvgPicture.Colours[j % SvgPicture.Colours.Count]);
            svg.Text(Left + 10 + (90 * j), JointTop + JointHeight + 18, data.JointNames[j], SvgPicture.Colours[j % SvgPicture.Colours.Count]);
        }
    }

    private static void Lateness(SvgPicture svg, TimelineData data, Func<double, double> x)
    {
        if (data.LatenessUs.Count == 0)
            return;
        // Logarithmic: the median is a few microseconds, the worst may be a thousand times that.
        double Y(double us) => LateTop + LateHeight - (LateHeight * Math.Clamp(Math.Log10(Math.Max(us, 1)) / 4, 0, 1));
        svg.Frame(Left, LateTop, Width - Left - Right, LateHeight, "lateness");
        for (var us = 1; us <= 10_000; us *= 10)
        {
            svg.Line(Left, Y(us), Width - Right, Y(us), "#eee", 1);
            svg.Text(Left - 8, Y(us) + 4, us < 1000 ? $"{us} µs" : $"{us / 1000} ms", "#666", anchor: "end", size: 11);
        }

        svg.Polyline(data.LatenessUs.Select((us, i) => (x(data.TimeSeconds[i]), Y(us))), "#1b6ca8");
    }

    private static double Step(double end) => end > 120 ? 20 : end > 40 ? 10 : end > 12 ? 5 : 1;

    private static string Shorten(string text, double width)
    {
        var fit = (int)(width / 6.6);
        return text.Length <= fit ? text : fit < 6 ? string.Empty : text[..(fit - 1)] + "…";
    }
}
