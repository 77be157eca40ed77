using Edge.Control;
using Edge.Policy;
namespace Edge.Planner;
public sealed class PlannerMemory(int capacity)
{
    private readonly List<MemoryEntry> _entries = [];
    private string _task = "";
    public IReadOnlyList<MemoryEntry> Current => [.. _entries];
    public void Begin(string taskId) { _task = taskId; _entries.Clear(); }
    public void Append(long timeNs, string call, ToolPose pose, SubtaskOutcome outcome) { if (_entries.Count < capacity) _entries.Add(new MemoryEntry(_entries.Count + 1, _task, timeNs, call, pose, outcome)); }
}
