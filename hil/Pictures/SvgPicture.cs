using System.Globalization;
using System.Net;
using System.Text;

namespace Edge.Hil.Pictures;

/// <summary>An SVG picture on white, drawn element by element. Lengths are in the picture's units, y grows downward.</summary>
internal sealed class SvgPicture
{
    private readonly StringBuilder _svg = new();

    /// <summary>An empty picture.</summary>
    public SvgPicture(double width, double height)
    {
        _svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' font-family='DejaVu Sans, Arial, sans-serif' font-size='13'>\n");
        _svg.Append("<rect width='100%' height='100%' fill='white'/>\n");
    }

    /// <summary>Colours that can be told apart, in order of use.</summary>
    public static IReadOnlyList<string> Colours { get; } = ["#1b6ca8", "#d1495b", "#2e933c", "#8f5db7", "#e08e1b", "#3a8f97"];

    /// <summary>A filled rectangle.</summary>
    public void Rect(double x, double y, double width, double height, string fill) =>
        _svg.Append(CultureInfo.InvariantCulture, $"<rect x='{x:0.0}' y='{y:0.0}' width='{Math.Max(width, 0.5):0.0}' height='{height:0.0}' fill='{fill}' stroke='white'/>\n");

    /// <summary>The frame of a diagram, with its name along the left side.</summary>
    public void Frame(double x, double y, double width, double height, string name)
    {
        _svg.Append(CultureInfo.InvariantCulture, $"<rect x='{x}' y='{y}' width='{width}' height='{height}' fill='none' stroke='#ccc'/>\n");
        _svg.Append(CultureInfo.InvariantCulture, $"<text transform='translate(24 {y + (height / 2)}) rotate(-90)' text-anchor='middle' fill='#222'>{WebUtility.HtmlEncode(name)}</text>\n");
    }

    /// <summary>A straight line.</summary>
    public void Line(double x1, double y1, double x2, double y2, string stroke, double width) =>
        _svg.Append(CultureInfo.InvariantCulture, $"<line x1='{x1:0.0}' y1='{y1:0.0}' x2='{x2:0.0}' y2='{y2:0.0}' stroke='{stroke}' stroke-width='{width}'/>\n");

    /// <summary>A line of text; the anchor is "start", "middle" or "end".</summary>
    public void Text(double x, double y, string text, string fill, string anchor = "start", double size = 13) =>
        _svg.Append(CultureInfo.InvariantCulture, $"<text x='{x:0.0}' y='{y:0.0}' fill='{fill}' text-anchor='{anchor}' font-size='{size}'>{WebUtility.HtmlEncode(text)}</text>\n");

    /// <summary>A line through points.</summary>
    public void Polyline(IEnumerable<(double X, double Y)> points, string stroke)
    {
        _svg.Append("<polyline fill='none' stroke-width='1.5' stroke='").Append(stroke).Append("' points='");
        foreach (var (x, y) in points)
            _svg.Append(CultureInfo.InvariantCulture, $"{x:0.0},{y:0.0} ");
        _svg.Append("'/>\n");
    }

    /// <summary>Writes the picture to a file.</summary>
    public void Save(string path) => File.WriteAllText(path, _svg + "</svg>\n");
}
