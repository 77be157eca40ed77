using System.Globalization;
using Edge.Hil.Pictures;

namespace Edge.Hil.Bench;

/// <summary>Draws latencies of several contenders: their histograms over each other, and their quantiles as bars. Both axes of the histograms are logarithmic.</summary>
internal static class LatencyPicture
{
    private const double Width = 1000, Height = 620, Left = 90, Right = 30, Top = 60, HistogramHeight = 300, BarTop = 450, BarHeight = 110;
    private const int BinsPerDecade = 20;
    private static readonly (string Name, double Fraction)[] Quantiles = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("max", 1)];

    public static void Write(string path, string title, IReadOnlyList<(string Name, Latencies Latencies)> contenders)
    {
        var svg = new SvgPicture(Width, Height);
        svg.Text(Left, 26, title, "#222", size: 16);
        for (var i = 0; i < contenders.Count; i++)
            svg.Text(Left + (160 * i), 48, contenders[i].Name, SvgPicture.Colours[i]);
        Histograms(svg, contenders);
        Bars(svg, contenders);
        svg.Save(path);
    }

    private static void Histograms(SvgPicture svg, IReadOnlyList<(string Name, Latencies Latencies)> contenders)
    {
        var decades = Math.Max(2, (int)Math.Ceiling(Math.Log10(contenders.Max(contender => contender.Latencies.MaxUs) + 1)));
        double X(double us) => Left + ((Width - Left - Right) * Math.Clamp(Math.Log10(Math.Max(us, 1)) / decades, 0, 1));
        double Y(double share) => Top + (HistogramHeight * Math.Clamp(-Math.Log10(Math.Max(share, 1e-7)) / 7, 0, 1));
        svg.Frame(Left, Top, Width - Left - Right, HistogramHeight, "share of the ticks");
        for (var decade = 0; decade <= decades; decade++)
        {
            svg.Line(X(Math.Pow(10, decade)), Top, X(Math.Pow(10, decade)), Top + HistogramHeight, "#eee", 1);
            svg.Text(X(Math.Pow(10, decade)), Top + HistogramHeight + 18, decade < 3 ? $"{Math.Pow(10, decade)} µs" : $"{Math.Pow(10, decade - 3)} ms", "#666", anchor: "middle", size: 11);
        }

        for (var exponent = 0; exponent >= -6; exponent -= 2)
            svg.Text(Left - 8, Y(Math.Pow(10, exponent)) + 4, exponent == 0 ? "1" : $"1e{exponent}", "#666", anchor: "end", size: 11);
        for (var i = 0; i < contenders.Count; i++)
        {
            var bins = new double[(decades * BinsPerDecade) + 1];
            foreach (var (from, to, count) in contenders[i].Latencies.Buckets)
                bins[Math.Clamp((int)(Math.Log10(Math.Max((from + to) / 2, 1)) * BinsPerDecade), 0, bins.Length - 1)] += count;
            var total = contenders[i].Latencies.Count;
            svg.Polyline(bins.Select((count, bin) => (X(Math.Pow(10, (bin + 0.5) / BinsPerDecade)), Y(count / total))), SvgPicture.Colours[i]);
        }
    }

    private static void Bars(SvgPicture svg, IReadOnlyList<(string Name, Latencies Latencies)> contenders)
    {
        var top = Math.Log10(contenders.Max(contender => contender.Latencies.MaxUs) + 1);
        var group = (Width - Left - Right) / Quantiles.Length;
        var bar = group / (contenders.Count + 1);
        for (var q = 0; q < Quantiles.Length; q++)
        {
            svg.Text(Left + (group * (q + 0.5)), BarTop + BarHeight + 20, Quantiles[q].Name, "#222", anchor: "middle");
            for (var i = 0; i < contenders.Count; i++)
            {
                var us = Quantiles[q].Fraction == 1 ? contenders[i].Latencies.MaxUs : contenders[i].Latencies.QuantileUs(Quantiles[q].Fraction);
                var height = BarHeight * Math.Log10(us + 1) / top;
                var x = Left + (group * q) + (bar * (i + 0.5));
                svg.Rect(x, BarTop + BarHeight - height, bar, height, SvgPicture.Colours[i]);
                svg.Text(x + (bar / 2), BarTop + BarHeight - height - 5, us.ToString(us < 100 ? "0.0" : "0", CultureInfo.InvariantCulture) + " µs", "#222", anchor: "middle", size: 11);
            }
        }
    }
}
