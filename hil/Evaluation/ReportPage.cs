using System.Globalization;
using System.Net;
using System.Text;

namespace Edge.Hil.Evaluation;

/// <summary>The evaluation as a page: a bar for each task and mode with its interval, the table, and videos of failures.</summary>
internal static class ReportPage
{
    private const double BarWidth = 320;

    /// <summary>Writes it.</summary>
    /// <param name="report">The figures.</param>
    /// <param name="films">Videos beside the page: file name and what it shows.</param>
    /// <param name="path">The page.</param>
    public static void Write(EvaluationReport report, IReadOnlyList<(string File, string Caption)> films, string path)
    {
        var page = new StringBuilder("""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>Evaluation</title><style>
            body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #222; background: #fff }
            table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid #e4e4e4; vertical-align: middle }
            th { font-weight: 600; border-bottom: 2px solid #999 } .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
            .films { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem } video { width: 100% } figure { margin: 0 } figcaption { font-size: 13px }
            svg { display: block } .quiet { color: #666 }
            </style></head><body>

            """);
        page.Append(CultureInfo.InvariantCulture, $"<h1>Evaluation</h1>\n<p class=\"quiet\">Scenes from seed {report.FirstSeed} on; success as the plant's ground truth has it; whiskers: Wilson's interval at 95 %.</p>\n");
        foreach (var mode in report.Rows.GroupBy(row => (row.Planner, row.Policy, row.Memory, row.Split, row.Disturbance)))
        {
            var rows = mode.ToArray();
            page.Append(CultureInfo.InvariantCulture,
                $"<h2>{mode.Key.Planner} planner, {mode.Key.Policy} policy, memory {mode.Key.Memory}, {mode.Key.Split} wordings, disturbance {mode.Key.Disturbance}: {100 * rows.Average(row => Rate(row)):0} % on average over {rows.Length} tasks</h2>\n");
            page.Append("<table><tr><th>level</th><th>task</th><th>success</th><th></th><th class=\"n\">seconds</th><th class=\"n\">calls</th><th class=\"n\">disturbed</th><th class=\"n\">collided</th><th>failures</th></tr>\n");
            foreach (var row in rows.OrderBy(row => row.Level))
            {
                page.Append(CultureInfo.InvariantCulture,
                    $"<tr><td>{row.Level}</td><td>{row.Task}</td><td>{Bar(row)}</td><td class=\"n\">{row.Successes}/{row.Episodes}</td><td class=\"n\">{row.SecondsP50:0.0}</td><td class=\"n\">{row.CallsP50:0}</td><td class=\"n\">{row.Disturbed}</td><td class=\"n\">{row.Collisions}</td><td>{WebUtility.HtmlEncode(string.Join(", ", row.Failures.Select(f => $"{f.Key} {f.Value}")))}</td></tr>\n");
            }

            page.Append("</table>\n");
        }

        if (films.Count > 0)
            page.Append("<h2>Failures</h2>\n<div class=\"films\">\n");
        foreach (var (file, caption) in films)
            page.Append(CultureInfo.InvariantCulture, $"<figure><video src=\"{WebUtility.HtmlEncode(file)}\" controls preload=\"metadata\"></video><figcaption>{WebUtility.HtmlEncode(caption)}</figcaption></figure>\n");
        if (films.Count > 0)
            page.Append("</div>\n");
        page.Append("</body></html>\n");
        File.WriteAllText(path, page.ToString());
    }

    private static double Rate(EvaluationRow row) => row.Episodes == 0 ? 0 : (double)row.Successes / row.Episodes;

    private static string Bar(EvaluationRow row)
    {
        double low = BarWidth * row.Ci95[0], high = BarWidth * row.Ci95[1];
        return string.Create(CultureInfo.InvariantCulture,
            $"<svg width=\"{BarWidth}\" height=\"16\"><rect width=\"{BarWidth}\" height=\"16\" fill=\"#f0f0f0\"/><rect width=\"{BarWidth * Rate(row):0.0}\" height=\"16\" fill=\"#1b6ca8\"/><path d=\"M{low:0.0} 8H{high:0.0}M{low:0.0} 4V12M{high:0.0} 4V12\" stroke=\"#e08e1b\" stroke-width=\"2\"/></svg>");
    }
}
