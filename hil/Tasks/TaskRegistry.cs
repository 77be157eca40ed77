namespace Edge.Hil.Tasks;

/// <summary>The tasks that the rig knows.</summary>
public static class TaskRegistry
{
    /// <summary>The tasks by level: single skills, sequences of them, long ones.</summary>
    public static IReadOnlyList<IReadOnlyList<RigTask>> Levels { get; } =
    [
        [
            new PickTask(), new PlaceTask(), new MatchPoseTask(), new MoveWithoutHittingTask(), new PushTask(), new RotateTask(), new ThrowTask(), new ThrowToppleTask(), new TouchTask(),
            new TouchPushTask(), new TouchToppleTask(), new TraceTask(),
        ],
        [
            new FollowOrderTask(), new FollowOrderRestoreTask(), new RearrangeTask(), new RearrangeRestoreTask(), new RotateRestoreTask(), new SimpleManipulationTask(),
            new SingleStackTask(), new StackReversedTask(), new Sort2dTask(), new SwapTask(), new NeighbourTask(), new RotateSymmetryTask(),
            new NovelWordTask("novel_adj", isAdjective: true, isNoun: false), new NovelWordTask("novel_noun", isAdjective: false, isNoun: true),
            new NovelWordTask("novel_adj_noun", isAdjective: true, isNoun: true),
        ],
        [new BalanceTask(), new SortStackTask(), new StackToppleTask(), new SwapPushTask(), new SwapRotateTask(), new ThrowSortTask()],
    ];

    /// <summary>All tasks, by level.</summary>
    public static IReadOnlyList<RigTask> All { get; } = [.. Levels.SelectMany(level => level)];

    /// <summary>Level of a task: 0, 1 or 2.</summary>
    public static int LevelOf(string name) => Levels.TakeWhile(level => level.All(task => task.Name != name)).Count();

    /// <summary>Their names, to be read by people.</summary>
    public static string Names { get; } = string.Join(", ", All.Select(task => task.Name));

    /// <summary>Is there a task of this name?</summary>
    public static bool Knows(string name) => All.Any(task => task.Name == name);

    /// <summary>A task by name.</summary>
    public static RigTask Get(string name) => All.FirstOrDefault(task => task.Name == name) ?? throw new ArgumentException($"no task \"{name}\"; there are: {Names}", nameof(name));
}
