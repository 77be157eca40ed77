namespace Edge.Hil.Tasks;

/// <summary>The tasks that the rig knows.</summary>
public static class TaskRegistry
{
    /// <summary>All tasks.</summary>
    public static IReadOnlyList<RigTask> All { get; } = [new PickTask(), new PlaceTask(), new TouchTask(), new SimpleManipulationTask(), new SwapTask()];

    /// <summary>A task by name.</summary>
    public static RigTask Get(string name) =>
        All.FirstOrDefault(t => t.Name == name)
        ?? throw new ArgumentException($"no task \"{name}\"; there are: {string.Join(", ", All.Select(t => t.Name))}", nameof(name));
}
