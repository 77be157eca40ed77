using System.Globalization;
using System.Net;
using System.Text;

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
    private const double Width = 1400, Left = 90, Right = 30, TaskTop = 50, CallTop = 84, CallHeight = 40, JointTop = 170, JointHeight = 280, LateTop = 500, LateHeight = 150;
    private static readonly string[] Colours = ["#1b6ca8", "#d1495b", "#2e933c", "#8f5db7", "#e08e1b", "#3a8f97"];

    /// <summary>Writes the picture to a file.</summary>
    public static void Write(string path, TimelineData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var end = Math.Max(1, data.TimeSeconds.Count > 0 ? data.TimeSeconds[^1] : 1);
        double X(double t) => Left + ((Width - Left - Right) * Math.Clamp(t / end, 0, 1));
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {Width} 700' font-family='DejaVu Sans, Arial, sans-serif' font-size='13'>\n");
        svg.Append("<rect width='100%' height='100%' fill='white'/>\n");
        Text(svg, Left, 24, "A run: calls, joints, and the loop's wake-up lateness", "#222", size: 16);
        foreach (var (text, begin, stop) in data.Tasks)
        {
            Line(svg, X(begin), TaskTop + 18, X(stop), TaskTop + 18, "#222", 2);
            Text(svg, X(begin) + 2, TaskTop + 12, Shorten($"“{text}”", X(stop) - X(begin)), "#222");
        }

        foreach (var (text, plan, begin, stop, succeeded) in data.Calls)
        {
            Rect(svg, X(plan), CallTop, X(begin) - X(plan), CallHeight, "#d9d9d9");
            Rect(svg, X(begin), CallTop, X(stop) - X(begin), CallHeight, succeeded ? "#bfe3c6" : "#f3c1c1");
            Text(svg, X(begin) + 3, CallTop + 25, Shorten(text, X(stop) - X(begin)), "#222", size: 11);
        }

        Text(svg, Left, CallTop + CallHeight + 16, "grey: the planner reads the picture; green: the policy runs the call, success; red: failure", "#666", size: 11);
        Tracks(svg, data, X);
        Lateness(svg, data, X);
        for (var t = 0.0; t <= end; t += Step(end))
        {
            Line(svg, X(t), LateTop + LateHeight, X(t), LateTop + LateHeight + 5, "#222", 1);
            Text(svg, X(t), LateTop + LateHeight + 20, t.ToString("0", CultureInfo.InvariantCulture) + " s", "#222", anchor: "middle");
        }

        svg.Append("</svg>\n");
        File.WriteAllText(path, svg.ToString());
    }

    private static void Tracks(StringBuilder svg, TimelineData data, Func<double, double> x)
    {
        if (data.JointRad.Count == 0)
            return;
        double low = data.JointRad.Min(q => q.Min()), high = Math.Max(data.JointRad.Max(q => q.Max()), low + 0.1);
        double Y(double q) => JointTop + JointHeight - (JointHeight * (q - low) / (high - low));
        Frame(svg, JointTop, JointHeight, "joints, rad");
        for (var q = Math.Ceiling(low * 2) / 2; q <= high; q += 0.5)
            Text(svg, Left - 8, Y(q) + 4, q.ToString("0.0", CultureInfo.InvariantCulture), "#666", anchor: "end", size: 11);
        for (var j = 0; j < data.JointNames.Count; j++)
        {
            var joint = j;
            Polyline(svg, Enumerable.Range(0, data.JointRad.Count).Select(i => (x(data.TimeSeconds[i]), Y(data.JointRad[i][joint]))), Colours[j % Colours.Length]);
            Text(svg, Left + 10 + (90 * j), JointTop + JointHeight + 18, data.JointNames[j], Colours[j % Colours.Length]);
        }
    }

    private static void Lateness(StringBuilder svg, TimelineData data, Func<double, double> x)
    {
        if (data.LatenessUs.Count == 0)
            return;
        // Logarithmic: the median is a few microseconds, the worst may be a thousand times that.
        double Y(double us) => LateTop + LateHeight - (LateHeight * Math.Clamp(Math.Log10(Math.Max(us, 1)) / 4, 0, 1));
        Frame(svg, LateTop, LateHeight, "lateness");
        for (var us = 1; us <= 10_000; us *= 10)
        {
            Line(svg, Left, Y(us), Width - Right, Y(us), "#eee", 1);
            Text(svg, Left - 8, Y(us) + 4, us < 1000 ? $"{us} µs" : $"{us / 1000} ms", "#666", anchor: "end", size: 11);
        }

        Polyline(svg, data.LatenessUs.Select((us, i) => (x(data.TimeSeconds[i]), Y(us))), "#1b6ca8");
    }

    private static double Step(double end) => end > 120 ? 20 : end > 40 ? 10 : end > 12 ? 5 : 1;

    private static string Shorten(string text, double width)
    {
        var fit = (int)(width / 6.6);
        return text.Length <= fit ? text : fit < 6 ? string.Empty : text[..(fit - 1)] + "…";
    }

    private static void Frame(StringBuilder svg, double top, double height, string label)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<rect x='{Left}' y='{top}' width='{Width - Left - Right}' height='{height}' fill='none' stroke='#ccc'/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text transform='translate(24 {top + (height / 2)}) rotate(-90)' text-anchor='middle' fill='#222'>{WebUtility.HtmlEncode(label)}</text>\n");
    }

    private static void Rect(StringBuilder svg, double x, double y, double width, double height, string fill) =>
        svg.Append(CultureInfo.InvariantCulture, $"<rect x='{x:0.0}' y='{y:0.0}' width='{Math.Max(width, 0.5):0.0}' height='{height:0.0}' fill='{fill}' stroke='white'/>\n");

    private static void Line(StringBuilder svg, double x1, double y1, double x2, double y2, string stroke, double width) =>
        svg.Append(CultureInfo.InvariantCulture, $"<line x1='{x1:0.0}' y1='{y1:0.0}' x2='{x2:0.0}' y2='{y2:0.0}' stroke='{stroke}' stroke-width='{width}'/>\n");

    private static void Text(StringBuilder svg, double x, double y, string text, string fill, string anchor = "start", double size = 13) =>
        svg.Append(CultureInfo.InvariantCulture, $"<text x='{x:0.0}' y='{y:0.0}' fill='{fill}' text-anchor='{anchor}' font-size='{size}'>{WebUtility.HtmlEncode(text)}</text>\n");

    private static void Polyline(StringBuilder svg, IEnumerable<(double X, double Y)> points, string stroke)
    {
        svg.Append("<polyline fill='none' stroke-width='1.5' stroke='").Append(stroke).Append("' points='");
        foreach (var (x, y) in points)
            svg.Append(CultureInfo.InvariantCulture, $"{x:0.0},{y:0.0} ");
        svg.Append("'/>\n");
    }
}
