using System.Text.Json.Serialization;
using Edge.Hil.Monitor;
using Edge.Host;
using Edge.Telemetry;

namespace Edge.Hil.Demo;

/// <summary>What the demo found; written as result.json.</summary>
/// <param name="Success">Every task reached its goal, and the frames on the bus kept every limit.</param>
/// <param name="Tasks">One a task.</param>
/// <param name="Loop">The control loop.</param>
/// <param name="GcCollections">Garbage collections of the controller while armed.</param>
/// <param name="Planner">The planner.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Limits">Limits as judged by the rig from the frames on the bus.</param>
public sealed record DemoReport(bool Success, IReadOnlyList<DemoTask> Tasks, LoopReport Loop, int GcCollections, PlannerReport Planner, PolicyReport Policy, MonitorReport Limits);

/// <summary>One task of the demo; success is the plant's ground truth.</summary>
public sealed record DemoTask(string Instruction, bool Success, IReadOnlyList<string> Calls, double Seconds);

/// <summary>JSON of the demo, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(DemoReport))]
public sealed partial class DemoJson : JsonSerializerContext;
