using System.Globalization;
using System.Text;
using Edge.Hil.Tasks;

namespace Edge.Hil.Evaluation;

/// <summary>The evaluation for the README: what was hoped for beside what came out, then a line for each task and a column for each way of doing it.</summary>
internal static class EvaluationTable
{
    /// <summary>Its place in the README.</summary>
    public static readonly ReadmePart Part = new("edge-hil eval --readme", "evaluation's tables");

    private static readonly (string Planner, string Policy, string Memory, string Title)[] Columns =
    [
        ("oracle", "oracle", "on", "oracle, oracle"),
        ("vlm", "oracle", "on", "learned, oracle"),
        ("oracle", "diffusion", "on", "oracle, learned"),
        ("vlm", "diffusion", "on", "learned, learned"),
        ("vlm", "diffusion", "off", "the same without memory"),
        ("none", "flat", "off", "flat"),
    ];

    /// <summary>The tables.</summary>
    public static string Markdown(IReadOnlyList<EvaluationRow> rows)
    {
        var text = new StringBuilder("| goal | measured | met |\n| --- | --- | --- |\n");
        foreach (var (goal, measured, met) in Goals(rows))
            text.Append(CultureInfo.InvariantCulture, $"| {goal} | {measured} | {(met ? "yes" : "**no**")} |\n");
        text.Append(CultureInfo.InvariantCulture, $"\n| task: planner, policy | {string.Join(" | ", Columns.Select(c => c.Title))} |\n|{string.Concat(Enumerable.Repeat(" --- |", Columns.Length + 1))}\n");
        var plain = rows.Where(row => row is { Split: "train", Disturbance: "none" }).ToList();
        foreach (var task in TaskRegistry.All)
        {
            var cells = Columns.Select(c => plain.Find(row => row.Task == task.Name && IsOf(row, c.Planner, c.Policy, c.Memory))).ToList();
            if (cells.Exists(cell => cell is not null))
                text.Append(CultureInfo.InvariantCulture, $"| {task.Name} | {string.Join(" | ", cells.Select(Cell))} |\n");
        }

        var others = rows.Where(row => row.Split != "train" || row.Disturbance != "none").GroupBy(row => (row.Split, row.Disturbance, row.Planner, row.Policy)).ToList();
        if (others.Count > 0)
            text.Append("\n| under test | tasks | success | as trained | points |\n| --- | --- | --- | --- | --- |\n");
        foreach (var group in others)
        {
            var (now, usual, points) = Beside(rows, group);
            text.Append(CultureInfo.InvariantCulture,
                $"| {(group.Key.Disturbance == "none" ? "test split" : group.Key.Disturbance)}: {group.Key.Planner}, {group.Key.Policy} | {now.Tasks} | {now} | {usual} | {100 * points:+0;-0;0} |\n");
        }

        return text.ToString();
    }

    /// <summary>What is hoped for, what came out, and whether that is enough; a goal that nothing was run for is left out.</summary>
    public static IEnumerable<(string Goal, string Measured, bool Met)> Goals(IReadOnlyList<EvaluationRow> rows)
    {
        var plain = rows.Where(row => row is { Split: "train", Disturbance: "none" }).ToList();
        var pictured = TaskRegistry.All.Where(task => task.Sample(0).Picture is not null).Select(task => task.Name).ToHashSet();
        IEnumerable<(string, string, bool)> Mean(string planner, string policy, bool withPicture, double mean, double least, string who)
        {
            var tasks = Learned(planner, policy).Where(row => pictured.Contains(row.Task) == withPicture).ToList();
            if (tasks.Count == 0)
                return [];
            var (sum, worst) = (Sum.Of(tasks), tasks.MinBy(Rate)!);
            var goal = $"{who}, the {(withPicture ? 6 : 27)} tasks {(withPicture ? "with" : "without")} a picture: at least {100 * mean:0} % in the mean{(least > 0 ? $", {100 * least:0} % each" : "")}";
            var all = withPicture ? pictured.Count : TaskRegistry.All.Count - pictured.Count;
            return [(goal, $"{sum}, {worst.Task} {100 * Rate(worst):0} %{(tasks.Count < all ? $"; {tasks.Count} of the tasks measured" : "")}", tasks.Count == all && sum.Rate >= mean && Rate(worst) >= least)];
        }

        List<EvaluationRow> Learned(string planner, string policy) => [.. plain.Where(row => IsOf(row, planner, policy, "on"))];
        var oracle = Learned("oracle", "oracle");
        if (oracle.Count > 0)
        {
            var worst = oracle.MinBy(Rate)!;
            yield return ("oracle, oracle: at least 97 % on each of the 33 tasks", $"{Sum.Of(oracle)}; {oracle.Count(row => Rate(row) >= 0.97)} tasks reach it, {worst.Task} {100 * Rate(worst):0} %", Rate(worst) >= 0.97);
        }

        foreach (var goal in (IEnumerable<(string, string, bool)>)
                 [
                     .. Mean("vlm", "oracle", withPicture: false, 0.92, 0.80, "learned planner, oracle"),
                     .. Mean("oracle", "diffusion", withPicture: false, 0.88, 0, "oracle, learned policy"),
                     .. Mean("vlm", "diffusion", withPicture: false, 0.82, 0.55, "both learned"),
                     .. Mean("vlm", "oracle", withPicture: true, 0.75, 0, "learned planner, oracle"),
                 ])
            yield return goal;
        foreach (var (isTest, most, title) in ((bool, double, string)[])[(true, 0.10, "unseen pairs of colour and shape, shades, widths, table and wordings"), (false, 0.15, "disturbed")])
        {
            var drops = rows.Where(row => isTest ? row.Split == "test" : row.Disturbance != "none").GroupBy(row => (row.Disturbance, row.Planner, row.Policy))
                .Select(group => (Name: isTest ? $"{group.Key.Planner}, {group.Key.Policy}" : group.Key.Disturbance, Points: Beside(rows, group).Points)).ToList();
            if (drops.Count > 0)
                yield return ($"{title}: at most {100 * most:0} points below, each", string.Join("; ", drops.Select(drop => $"{drop.Name} {100 * drop.Points:+0;-0;0}")), drops.TrueForAll(drop => drop.Points >= -most));
        }

        var (hits, episodes) = (plain.Sum(row => row.Collisions), plain.Sum(row => row.Episodes));
        if (episodes > 0)
            yield return ("collisions below 2 % of episodes", string.Create(CultureInfo.InvariantCulture, $"{hits} of {episodes} ({100.0 * hits / episodes:0.0} %)"), hits < 0.02 * episodes);
    }

    private static bool IsOf(EvaluationRow row, string planner, string policy, string memory) => row.Planner == planner && row.Policy == policy && row.Memory == memory;

    private static double Rate(EvaluationRow row) => (double)row.Successes / row.Episodes;

    private static string Cell(EvaluationRow? row) => row is null
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{row.Successes}/{row.Episodes} ({100 * row.Ci95[0]:0}-{100 * row.Ci95[1]:0})");

    /// <summary>A group of rows, the same tasks done the same way as trained, and how much better the group is, as a share.</summary>
    private static (Sum Now, Sum Usual, double Points) Beside(IReadOnlyList<EvaluationRow> rows, IEnumerable<EvaluationRow> group)
    {
        List<(EvaluationRow Now, EvaluationRow Usual)> pairs =
        [
            .. from now in @group
               from usual in rows
               where usual is { Split: "train", Disturbance: "none" } && usual.Task == now.Task && IsOf(usual, now.Planner, now.Policy, now.Memory)
               select (now, usual),
        ];
        var (together, usually) = (Sum.Of(pairs.Select(pair => pair.Now)), Sum.Of(pairs.Select(pair => pair.Usual)));
        return (together, usually, together.Rate - usually.Rate);
    }

    /// <summary>Tasks together.</summary>
    private readonly record struct Sum(int Tasks, int Successes, int Episodes)
    {
        public double Rate => Episodes == 0 ? 0 : (double)Successes / Episodes;

        public static Sum Of(IEnumerable<EvaluationRow> rows) => rows.Aggregate(default(Sum), (sum, row) => new(sum.Tasks + 1, sum.Successes + row.Successes, sum.Episodes + row.Episodes));

        public override string ToString()
        {
            var interval = EvaluationRow.Wilson(Successes, Episodes);
            return string.Create(CultureInfo.InvariantCulture, $"{100 * Rate:0.0} % ({100 * interval[0]:0.0}-{100 * interval[1]:0.0}, {Successes} of {Episodes})");
        }
    }
}
