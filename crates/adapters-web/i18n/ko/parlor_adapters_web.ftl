# What several pages say.

common-skip = 본문으로 건너뛰기
common-navigation = 주 메뉴
common-conversations = 대화
common-audit = 감사 로그
common-settings = 설정
# $name: who is signed in
common-account = { $name }: 계정 및 언어
common-language = 언어
common-sign-out = 로그아웃
common-sign-out-hint = 모든 브라우저의 세션이 종료됩니다.
common-no-answer = 서비스가 제때 응답하지 않았습니다. 연결을 확인하세요.
common-no-connection = 서비스에 연결할 수 없습니다. 다시 시도하는 중…
common-waiting = 아직 서비스의 응답이 없습니다. 기다리는 중…
common-close = 닫기
common-private = 비공개
common-shared-organization = 조직에 공유
common-shared-groups = 그룹에 공유

# Errors.

error-to-conversations = 대화 목록으로
error-to-sign-in = 로그인
error-not-found-title = 찾을 수 없습니다
error-not-found-text = 존재하지 않거나 볼 수 있는 권한이 없습니다.
error-signed-out-title = 로그아웃되었습니다
error-signed-out-text = 계속하려면 다시 로그인하세요.
error-forbidden-title = 이 작업을 할 수 없습니다
error-forbidden-text = 이 대화를 볼 수는 있지만 이 작업을 할 권한이 없습니다. 이 시도는 기록되었습니다.
# What somebody lacks a permission for.
error-no-permission-text = 이 작업을 할 권한이 없습니다. 이 시도는 기록되었습니다.
error-no-permission-audit-log = 감사 로그를 열람할 권한이 없습니다. 이 시도는 기록되었습니다.
error-no-permission-settings = 설정을 변경할 권한이 없습니다. 이 시도는 기록되었습니다.
error-no-permission-run-ai = AI를 사용할 권한이 없습니다. 이 시도는 기록되었습니다.
error-token-title = 오래된 페이지입니다
error-token-text = 로그인하거나 로그아웃하기 전에 연 페이지입니다. 변경된 내용은 없습니다. 뒤로 가서 새로 고친 다음 다시 시도하세요.
error-foreign-title = 다른 사이트에서 보낸 요청입니다
error-foreign-text = Parlor의 페이지에서만 변경할 수 있습니다. 변경된 내용은 없습니다.
error-query-title = 주소가 올바르지 않습니다
error-query-text = 주소에 알 수 없거나 잘못된 부분이 있습니다.
error-form-title = 양식이 올바르지 않습니다
error-form-text = 빠졌거나 알 수 없거나 잘못된 항목이 있습니다. 변경된 내용은 없습니다.
error-not-a-form-title = 양식이 아닙니다
error-not-a-form-text = 브라우저가 보낸 양식만 받을 수 있습니다. 변경된 내용은 없습니다.
error-encoded-title = 인코딩된 양식입니다
error-encoded-text = 양식은 압축하지 않고 그대로 보내야 합니다. 변경된 내용은 없습니다.
error-method-title = 이 주소는 이렇게 사용할 수 없습니다
error-method-text = Parlor의 페이지에서 여세요. 변경된 내용은 없습니다.
error-too-large-title = 너무 깁니다
error-too-large-text = 한 번에 보낼 수 있는 양을 넘었습니다. 변경된 내용은 없습니다.
error-broken-title = 전송되지 않았습니다
error-broken-text = 연결이 너무 느리거나 끊겼습니다. 변경된 내용은 없습니다.
error-conflict-title = 다른 사람이 먼저 변경했습니다
error-conflict-text = 같은 항목이 동시에 변경되었습니다. 새로 고친 다음 다시 시도하세요.
error-too-many-title = 잠시 기다려 주세요
# $seconds: after how many seconds one may try again
error-too-many-text = { $seconds }초 후에 다시 시도하세요.
error-away-title = 일시적으로 사용할 수 없습니다
error-away-text = 서비스의 일부에 연결할 수 없습니다. 잠시 후 다시 시도하세요.
error-internal-title = 문제가 발생했습니다
error-internal-text = 서비스에서 발생한 문제이며 요청 ID와 함께 기록되었습니다.

# Signing in.

sign-in-title = 로그인
sign-in-heading = 누구로 로그인하시겠습니까?
sign-in-lead = 데모 조직입니다. 동시에 다른 사람으로 로그인하려면 브라우저 프로필을 하나 더 여세요.
sign-in-nobody = 아직 로그인할 수 있는 사람이 없습니다.
sign-in-groups = 소속 그룹:
# $name: who one can be
sign-in-as = { $name } 님으로 로그인
sign-in-may-everything = 이 조직의 모든 권한
sign-in-may-nothing = 내 대화를 볼 수만 있고 모델에 질문할 수 없음
sign-in-may-run-ai = 모델에 질문하고 다른 사람이 공유한 대화 보기
sign-in-may-view-private = AI 개인 응답 보기(열람할 때마다 감사 로그에 기록)
sign-in-may-manage-responses = AI 응답 관리: 모든 대화에 대한 모든 작업
sign-in-may-manage-settings = 조직 설정 변경
sign-in-may-read-audit-log = 감사 로그 열람
sign-in-stopped-title = 로그인할 수 없는 사용자입니다
sign-in-stopped-text = 비활성화되었거나 더 이상 존재하지 않습니다.

# The list of conversations.

list-title = 대화
list-new = 새 대화
list-new-short = 새 대화
list-untitled = 새 대화
list-search = 제목과 메시지 검색
list-search-do = 검색
list-filters = 표시
list-filter-all = 전체
list-filter-mine = 내 대화
list-filter-shared = 나와 공유됨
list-filter-private = 권한으로 보는 비공개
list-more = 더 보기
list-show-all = 모든 대화 보기
list-more-search = 이전 대화 더 검색
list-indexing = 아직 색인하고 있는 대화가 있습니다. 그 대화는 아직 검색되지 않습니다.
# $name: whose conversation it is
list-owner = { $name } 님
list-privileged = 권한으로 열람
# $count: how many conversations are shown
list-found =
    { $count ->
        [0] 대화 없음
       *[other] 대화 { $count }개
    }
list-start-heading = 무엇이 궁금하신가요?
list-start-label = 프롬프트
list-start-placeholder = 무엇이든 물어보세요
list-start-send = 시작
list-start-private = 공유하기 전까지 나와 특별 열람 권한이 있는 사용자만 볼 수 있습니다.
list-start-shared = 조직에서 AI를 사용할 수 있는 모든 사용자와 특별 열람 권한이 있는 사용자가 볼 수 있습니다.
list-start-unknown = 서비스에서 응답이 오지 않았습니다. 입력한 내용은 그대로 있습니다. 다시 보내도 한 번만 저장됩니다.
list-start-read-only = 읽을 대화를 선택하세요.
list-start-read-only-hint = 대화를 시작하려면 AI 실행 권한이 필요합니다.
list-empty-all = 아직 대화가 없습니다. 비공개 대화는 잠금 아이콘으로 표시됩니다.
list-empty-mine = 아직 시작한 대화가 없습니다.
list-empty-shared = 아직 공유된 대화가 없습니다.
list-empty-private = 다른 사람의 비공개 대화가 없습니다.
list-empty-search = 이 단어를 모두 포함하는 대화가 없습니다.
list-deleted = 대화가 삭제되었습니다.

# 공유: 독립된 페이지로도 쓰는 대화 상자.

share-title = 공유
share-back = 대화로 돌아가기
share-lead-private = 이 대화는 비공개입니다.
share-lead-shared = 이 대화는 공유되어 있습니다.
share-organization-legend = 조직 전체
share-organization = 조직의 모든 사용자가 볼 수 있음
share-organization-hint = { $organization }에서 AI를 사용할 수 있는 모든 사용자가 모든 갈래를 포함해 대화 전체를 읽을 수 있습니다.
share-collaborate = 공동 작업 허용
share-collaborate-hint = 프롬프트를 보내고 어느 메시지에서든 갈래를 만들 수도 있습니다. 조직의 모든 사용자가 볼 수 있을 때만 적용됩니다.
share-groups-legend = 그룹
share-search-label = 그룹 추가
share-search-hint = 그룹 이름의 일부를 입력하세요.
share-search = 검색
share-search-refused = 그룹을 검색할 권한이 없습니다. 아래 그룹은 변경하거나 제거할 수 있습니다.
share-found-label = 추가할 수 있는 그룹
share-found-none = 이름에 이 글자가 들어 있는 다른 그룹이 없습니다.
share-found-none-at-all = 추가할 수 있는 다른 그룹이 없습니다.
share-found-count = 그룹 { $number }개를 찾았습니다.
share-found-more = 그룹이 더 있습니다. 이름을 더 입력하세요.
share-add = 추가
share-add-group = { $group } 추가
share-granted-label = 액세스 권한이 있는 그룹
share-granted-none = 추가된 그룹이 없습니다.
share-level-of = { $group } 그룹의 권한
share-level-view = 보기
share-level-collaborate = 공동 작업
share-level-none = 권한 없음
share-remove = 제거
share-remove-group = { $group } 제거
share-review = 변경 내용 검토
share-save = 저장
share-save-private = 비공개로 전환
share-save-over = 최신 상태를 내 선택으로 바꾸어 저장
share-cancel = 취소
share-summary-title = 변경될 내용
share-summary-none = 변경될 내용이 없습니다. 지금 부여된 권한과 같습니다.
share-summary-pending = 아직 저장되지 않았습니다. 저장하기 전에 무엇이 몇 명에게 바뀌는지 여기에 표시됩니다.
share-change-organization = 조직의 모든 사용자: { $before } → { $after }
share-change-group = { $group }: { $before } → { $after }
share-becomes-private = 대화가 비공개로 전환됩니다. 남는 권한이 없습니다. 소유자와 특별 열람 권한이 있는 사용자만 볼 수 있습니다.
share-stays-private = 대화는 계속 비공개입니다.
share-becomes-shared = 대화가 더 이상 비공개가 아닙니다.
share-gain-view = { $number }명이 새로 볼 수 있게 됩니다.
share-gain-collaborate = { $number }명이 새로 공동 작업을 할 수 있게 됩니다.
share-lose-collaborate = { $number }명은 더 이상 공동 작업을 할 수 없고 볼 수만 있습니다.
share-lose = { $number }명이 즉시 액세스 권한을 잃습니다.
share-nobody = 이 변경으로 액세스가 바뀌는 사용자는 없습니다.
share-reach = 저장하면 { $number }명이 액세스할 수 있습니다(현재 { $before }명).
share-conflict-title = 다른 사용자가 이 대화를 변경했습니다
share-conflict-grants = 이 창을 연 뒤에 다른 사용자가 다른 권한을 저장했습니다. 내 선택은 저장되지 않았고 다른 사용자의 변경을 덮어쓰지도 않았습니다.
share-conflict-other = 이 창을 연 뒤에 대화의 제목이나 소유자가 변경되었습니다. 권한은 그대로입니다. 내 선택은 저장되지 않았습니다.
share-conflict-table = 열었을 때의 권한, 현재 권한, 내가 선택한 권한
share-conflict-who = 대상
share-conflict-opened = 열었을 때
share-conflict-now = 현재
share-conflict-yours = 내 선택
share-conflict-differs = 다른 사용자가 변경함
share-conflict-reload = 내 선택을 버리고 최신 상태 보기
share-everyone = 조직의 모든 사용자
share-problem-title = 저장되지 않았습니다
share-problem-unknown = 다음 그룹은 여기에 없어서 선택에서 제외했습니다: { $groups }
share-problem-private = 조직에서 비공개 대화를 껐으므로 권한이 하나 이상 남아 있어야 합니다.
share-problem-no-answer = 서비스에서 응답이 오지 않았습니다. 선택한 내용이 저장되었는지 확인하는 중…
share-problem-undone = 서비스가 응답하지 않았고, 선택한 내용은 저장되지 않았습니다. 다시 저장하세요.

# 액세스: 대화를 볼 수 있는 이유, 볼 수 있는 사람, 권한으로 열어 본 사람.

access-title = 액세스
access-back = 대화로 돌아가기
access-why-title = 내가 이 대화를 볼 수 있는 이유는 무엇인가요?
access-why-lead = 다음과 같은 이유로 이 대화를 볼 수 있습니다.
access-level-view = 모든 내용을 읽을 수 있습니다.
access-level-collaborate = 모든 내용을 읽고 프롬프트를 보낼 수 있습니다.
access-level-collaborate-reading = 모든 내용을 읽을 수 있습니다. AI 실행 권한이 있으면 프롬프트도 보낼 수 있습니다.
access-level-manage = 공유, 이름 변경, 삭제 등 모든 작업을 할 수 있습니다.
access-reason-owner = 내 대화입니다.
access-reason-manage-responses = AI 응답 관리 권한이 있어 조직의 모든 대화를 보고 관리할 수 있습니다.
access-reason-organization-collaborate = 조직 전체에 공동 작업으로 공유되었습니다.
access-reason-group-collaborate = 내가 속한 그룹에 공동 작업으로 공유되었습니다.
access-reason-organization-view = 조직 전체에 보기로 공유되었습니다.
access-reason-group-view = 내가 속한 그룹에 보기로 공유되었습니다.
access-reason-view-private-responses = AI 개인 응답 보기 권한이 있습니다.
access-privileged = 나에게 공유된 대화가 아니며, 권한만으로 보고 있습니다. 내가 열어 본 사실을 소유자가 확인할 수 있습니다.
access-who-title = 누가 이 대화를 볼 수 있나요?
access-who-lead = 지금 액세스할 수 있는 모든 사용자와 그 이유입니다.
access-who-none = 아무도 없습니다.
access-who-more = 사용자 더 보기
access-who-first = 처음 사용자로 돌아가기
access-column-person = 사용자
access-column-level = 액세스
access-column-reasons = 이유
access-short-none = 없음
access-short-view = 보기
access-short-collaborate = 공동 작업
access-short-manage = 관리
access-they-owner = 소유자
access-they-manage-responses = AI 응답 관리 권한
access-they-organization-collaborate = 조직에 공동 작업으로 공유됨
access-they-group-collaborate = 그룹에 공동 작업으로 공유됨
access-they-organization-view = 조직에 보기로 공유됨
access-they-group-view = 그룹에 보기로 공유됨
access-they-view-private-responses = AI 개인 응답 보기 권한
access-you = (나)
access-readings-title = 특별 권한 열람 기록
access-readings-lead = 공유받지 않은 사용자가 열람한 기록입니다. 방문마다 한 줄씩 최신 방문 순으로 표시됩니다. 15분 동안 다시 열람하지 않으면 방문이 끝납니다. 기록은 아무도 지울 수 없습니다.
access-readings-none = 특별 권한으로 열람한 사용자가 없습니다.
access-readings-more = 이전 기록 보기
access-readings-first = 최신 기록으로 돌아가기
access-column-how = 방법
access-column-when = 시간
# 방문의 처음과 마지막 시간 사이.
access-visit-to = ~
access-reading-open = 열어 봄
access-reading-export = 내보냄
access-reading-fork = 복사함

# 감사 로그.

audit-title = 감사 로그
audit-lead = 모든 변경과 거부, 권한에 의한 모든 열람을 기록합니다. 대화의 제목과 내용은 기록하지 않습니다.
audit-filters-title = 필터
audit-filter-action = 작업
audit-filter-action-any = 모든 작업
audit-filter-actor = 사용자 ID
audit-filter-conversation = 대화 ID
audit-filter-from = 시작(UTC)
audit-filter-to = 끝(UTC)
audit-filter-apply = 적용
audit-filter-clear = 필터 지우기
audit-invalid-id = 0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f와 같은 ID가 아닙니다.
audit-invalid-time = 2026-09-21T14:00과 같은 시간이 아닙니다.
audit-invalid-action = 그런 작업이 없습니다.
audit-invalid-cursor = 다음 페이지가 이 필터에 속하지 않습니다. 최신 항목부터 다시 시작하세요.
audit-entries-title = 항목
audit-none = 일치하는 항목이 없습니다.
audit-older = 이전 항목
audit-newest = 최신 항목으로 돌아가기
audit-result-succeeded = 성공
audit-result-failed = 거부됨
audit-result-partially-failed = 일부 실패
audit-privileged = 권한으로
# $count: how often a request was repeated; $number: the same, written out
audit-repeats = { $number }회 반복
audit-service = Parlor 서비스
audit-field-time = 시간
audit-field-id = 항목
audit-field-action = 작업
audit-field-result = 결과
audit-field-errors = 거부된 이유
audit-field-actor = 사용자
audit-field-actor-id = 사용자 ID
audit-field-actor-type = 행위자 유형
audit-field-email = 이메일 주소
audit-field-roles = 역할
audit-field-conversation = 대화
audit-field-organization = 조직
audit-field-access = 액세스
audit-field-reasons = 이유
audit-field-privileged = 권한만으로
audit-field-version = 이후 버전
audit-field-input = 요청 내용
audit-field-static = 고정 매개변수
audit-field-source = 네트워크 주소
audit-field-forwarded = 전달된 주소
audit-field-agent = 프로그램
audit-field-request = 요청
audit-field-program = Parlor 버전
audit-yes = 예
audit-no = 아니요
audit-empty = –
audit-only-actor = 이 사용자의 항목만
audit-only-conversation = 이 대화의 항목만
audit-raw = JSON 형식의 항목
audit-unreadable = 이 항목은 나누어 표시할 수 없어 저장된 그대로 표시합니다.
audit-action-conversation-edit = 대화 변경
audit-action-conversation-create = 대화 만들기
audit-action-conversation-delete = 대화 삭제
audit-action-conversation-fork = 대화 복사
audit-action-conversation-export = 대화 내보내기
audit-action-conversation-prompt = 모델에 프롬프트 보내기
audit-action-conversation-get = 권한으로 대화 열람 또는 대화 작업 거부
audit-action-conversation-read = 권한으로 대화 열람
audit-action-conversation-refused = 대화에 대한 작업 거부
audit-action-conversation-list = 권한으로 대화 목록 열람
audit-action-conversation-access-denied = 볼 수 없는 대화 요청
audit-action-list-groups = 그룹 목록 요청
audit-action-list-audit-logs = 감사 로그 요청
audit-entry-title = 감사 로그 항목
audit-action-sign-in = 로그인
audit-action-sign-in-failed = 로그인 거부
audit-action-sign-out = 모든 곳에서 로그아웃
audit-action-update-general-settings = 설정 변경
audit-action-create-user = 사용자 만들기
audit-action-create-user-role = 역할 만들기
audit-action-create-group = 그룹 만들기

# 설정.

settings-title = 설정
settings-lead = { $organization } 조직 전체에 적용됩니다.
settings-private-title = 비공개 대화
settings-private-on = 새 대화를 비공개로 시작
settings-private-on-hint = 공유하기 전까지 소유자와 특별 열람 권한(AI 개인 응답 보기 또는 AI 응답 관리)이 있는 사용자만 볼 수 있습니다.
settings-private-off = 새 대화를 조직에 공유된 상태로 시작
settings-private-off-hint = 조직에서 AI를 사용할 수 있는 모든 사용자와 특별 열람 권한이 있는 사용자가 볼 수 있습니다. 대화를 비공개로 전환할 수 없습니다.
settings-private-changes-title = 바뀌는 것
settings-private-changes = 앞으로 대화가 시작되는 방식과 대화를 비공개로 전환할 수 있는지 여부만 바뀝니다.
settings-private-keeps-title = 바뀌지 않는 것
settings-private-keeps = 기존 대화는 바뀌지 않습니다. 비공개 대화는 계속 비공개이고 공유된 대화는 같은 사용자에게 계속 공유되며, 누구도 이전보다 더 보거나 덜 보게 되지 않습니다.
settings-private-now-on = 비공개 대화가 켜져 있습니다.
settings-private-now-off = 비공개 대화가 꺼져 있습니다.
settings-save = 저장
settings-saved = 설정이 저장되었습니다.
settings-read-only = 설정 관리 권한이 있는 사용자만 변경할 수 있습니다.

# A conversation.

conversation-cancel = 취소
conversation-copy-code = 복사
conversation-copied = 복사했습니다
conversation-offline = 서비스에서 응답이 오지 않았습니다. 아래에 저장된 상태가 표시됩니다. 확인한 뒤 다시 시도하세요.
conversation-undone = 서비스가 응답하지 않았고, 마지막 작업은 처리되지 않았습니다. 다시 시도하세요.
conversation-sending = 보내는 중…
conversation-checking = 응답이 오지 않았습니다. 프롬프트가 저장되었는지 확인하는 중…
conversation-not-copied = 복사하지 못했습니다. 텍스트를 선택해 복사하세요.
conversation-unknown = 서비스에서 응답이 오지 않아 프롬프트가 저장되었는지 알 수 없습니다. 페이지를 새로 고쳐 확인하세요.
conversation-unstored = 서비스에서 응답이 오지 않았고, 프롬프트가 아직 저장되지 않았습니다. 다시 보내세요. 고치지 않은 프롬프트는 한 번만 저장됩니다.
conversation-author-unknown = 더 이상 없는 사용자
conversation-earlier = 이전 메시지 보기
conversation-later = 최신 메시지로 돌아가기
conversation-empty = 아직 대화 내용이 없습니다.
conversation-writing = 작성 중 …
conversation-stopped = 중지되었습니다. 작성된 내용은 남아 있습니다.
conversation-stopped-empty = 아무것도 작성되기 전에 중지되었습니다.
conversation-reasoning = 추론 과정
conversation-left-out = 대화가 이 모델이 읽을 수 있는 길이보다 길어서 가장 오래된 메시지 { $number }개를 제외했습니다.
conversation-cut-length = 응답이 길이 제한에 도달하여 잘렸습니다. 모델에 이어서 작성해 달라고 요청하세요.
# $others: whether there is another model
conversation-cut-content-filter =
    모델 제공자의 콘텐츠 필터가 응답을 중단했습니다. { $others ->
        [yes] 프롬프트를 바꾸거나 다른 모델을 선택하세요.
       *[no] 프롬프트를 바꾸세요.
    }
# $others: whether there is another model
conversation-failed-not-configured =
    모델 제공자가 설정된 키, 주소 또는 모델을 받아들이지 않습니다. { $others ->
        [yes] 관리자에게 알리거나 다른 모델을 선택하세요.
       *[no] 관리자에게 알리세요.
    }
# $others: whether there is another model
conversation-failed-rate-limited =
    모델 제공자가 지금은 요청을 더 받지 않습니다. { $others ->
        [yes] 나중에 다시 생성하거나 다른 모델을 선택하세요.
       *[no] 나중에 다시 생성하세요.
    }
# $others: whether there is another model
conversation-failed-context-too-long =
    이 모델이 처리하기에는 대화가 너무 깁니다. { $others ->
        [yes] 새 대화를 시작하거나 다른 모델을 선택하세요.
       *[no] 새 대화를 시작하세요.
    }
# $others: whether there is another model
conversation-failed-content-filter =
    모델 제공자의 콘텐츠 필터가 응답을 거부했습니다. { $others ->
        [yes] 프롬프트를 바꾸거나 다른 모델을 선택하세요.
       *[no] 프롬프트를 바꾸세요.
    }
# $others: whether there is another model
conversation-failed-unavailable =
    모델에 연결할 수 없거나 모델이 과부하 상태입니다. { $others ->
        [yes] 잠시 후 다시 생성하거나 다른 모델을 선택하세요.
       *[no] 잠시 후 다시 생성하세요.
    }
# $kept: whether anything of the answer is there; $others: whether there is another model
conversation-failed-timeout =
    모델의 응답 시간이 초과되었습니다.{ $kept ->
        [yes] {" "}작성된 내용은 남아 있습니다.
       *[no] {""}
    } { $others ->
        [yes] 다시 생성하거나 다른 모델을 선택하세요.
       *[no] 다시 생성하세요.
    }
# $kept: whether anything of the answer is there
conversation-failed-interrupted =
    응답이 중간에 끊겼습니다.{ $kept ->
        [yes] {" "}작성된 내용은 남아 있습니다.
       *[no] {""}
    } 다시 생성해 보세요.
# $others: whether there is another model
conversation-failed-empty-answer =
    모델이 텍스트를 반환하지 않았습니다. { $others ->
        [yes] 다시 생성하거나 다른 모델을 선택하세요.
       *[no] 다시 생성하세요.
    }
# $kept: whether anything of the answer is there; $others: whether there is another model
conversation-failed-model-error =
    모델에서 오류가 발생했습니다.{ $kept ->
        [yes] {" "}작성된 내용은 남아 있습니다.
       *[no] {""}
    } { $others ->
        [yes] 다시 생성하거나 다른 모델을 선택하세요.
       *[no] 다시 생성하세요.
    }
# $name: a model
conversation-announce-writing = { $name } 모델이 답변을 작성하고 있습니다.
# $name: a model
conversation-announce-finished = { $name } 모델이 답변을 마쳤습니다.
# $name: a person
conversation-announce-prompt = { $name } 님의 새 메시지가 있습니다.
conversation-siblings-prompt = 이 프롬프트의 다른 버전
conversation-siblings-answer = 이 답변의 다른 버전
# $place, $count: which of how many
conversation-sibling-place = { $place } / { $count }
conversation-sibling-previous = 이전 버전
conversation-sibling-next = 다음 버전
conversation-stop = 중지
conversation-message-cut = 메시지가 너무 길어 앞부분만 표시합니다.
conversation-message-export = 전체를 읽으려면 대화를 내보내세요.
conversation-copy = 메시지 복사
conversation-edit = 새 분기로 편집
conversation-regenerate = 다시 생성
conversation-continue = 여기서 이어가기
conversation-continues-here = 뒤에 메시지가 더 있지만 경로는 여기서 끝납니다. 보내면 새 분기가 시작됩니다.
conversation-continues-show = 이어지는 메시지 보기
conversation-continues-from = 보내면 다음 메시지 뒤에서 새 분기가 시작됩니다:
conversation-composer = 프롬프트
conversation-placeholder = 무엇이든 물어보세요
conversation-composer-hint = Enter로 보내기, Shift+Enter로 줄 바꿈
conversation-model = 모델
conversation-send = 보내기
conversation-your-text = 보내지 못한 내용
# $name: the owner
conversation-read-only = 이 대화는 읽기 전용입니다. 소유자는 { $name } 님입니다.
conversation-read-only-own = 내 대화이지만 더 이상 프롬프트를 보낼 수 없습니다.
conversation-fork-to-go-on = 내 사본으로 포크하여 이어가기

# Above a conversation.

conversation-rename = 이름 바꾸기
conversation-rename-label = 제목
conversation-rename-save = 저장
# $name: the owner
conversation-owner = 소유자: { $name }
conversation-privileged = 권한으로 볼 수 있음
conversation-forked-from = 다른 대화에서 포크됨
conversation-toggle-to-private = 비공개로 전환
conversation-toggle-to-shared = 조직에서 AI를 사용할 수 있는 모든 사용자에게 보기 허용
conversation-share = 공유
conversation-map = 지도
conversation-more = 더 보기
conversation-fork = 전체 포크
conversation-fork-path = 이 경로만 포크
conversation-export-markdown = Markdown으로 내보내기
conversation-export-json = JSON으로 내보내기
conversation-access = 볼 수 있는 사람과 열람 기록
conversation-delete = 삭제
conversation-why = 내가 이 대화를 볼 수 있는 이유
conversation-why-owner = 내 대화입니다.
conversation-why-manage-responses = ‘AI 응답 관리’ 권한이 있습니다.
conversation-why-organization-collaborate = 조직의 모든 사용자가 공동 작업할 수 있습니다.
conversation-why-group-collaborate = 내가 속한 그룹이 공동 작업할 수 있습니다.
conversation-why-organization-view = 조직의 모든 사용자가 볼 수 있습니다.
conversation-why-group-view = 내가 속한 그룹이 볼 수 있습니다.
conversation-why-view-private-responses = ‘AI 개인 응답 보기’ 권한이 있습니다.

# What was done to a conversation, and what was not.

conversation-undo = 실행 취소
conversation-shared-title = 공유되었습니다.
conversation-shared-text = 이제 조직에서 AI를 사용할 수 있는 모든 사용자가 볼 수 있습니다.
conversation-made-private-title = 비공개로 전환되었습니다.
conversation-made-private-text = 이제 소유자와 특별 열람 권한이 있는 사용자만 볼 수 있습니다.
conversation-undone-title = 실행 취소되었습니다.
conversation-undone-text = 이전과 같이 공유됩니다.
conversation-forked-title = 내 사본입니다.
conversation-forked-text = 비공개입니다. 나와 특별 열람 권한이 있는 사용자만 볼 수 있습니다. 여기서 하는 일은 원본에 나타나지 않습니다.
conversation-sharing-saved-title = 저장되었습니다.
conversation-sharing-saved-text = 선택한 대로 공유되었습니다.
conversation-sharing-saved-private = 이제 소유자와 특별 열람 권한이 있는 사용자만 볼 수 있습니다.
conversation-stale-title = 다른 사람이 먼저 변경했습니다.
conversation-stale-text = 이 페이지를 연 뒤에 대화가 변경되었습니다. 아무것도 바뀌지 않았으니 현재 상태를 확인하고 다시 시도하세요.
conversation-private-disabled-title = 사용할 수 없습니다.
conversation-private-disabled-text = 조직에서 비공개 대화를 사용하지 않도록 설정했습니다.
conversation-fork-disabled = 포크는 비공개인데, 조직에서 비공개 대화를 사용하지 않도록 설정했습니다.
conversation-not-forked = 포크하지 못함
conversation-forked-before = 이 양식은 다른 복사본을 만드는 데 이미 사용되었습니다. 페이지를 새로 고친 다음 다시 시도하세요.
conversation-too-many-forks = 이전 포크가 아직 끝나지 않았습니다. { $seconds }초 뒤에 다시 시도하세요.
conversation-undo-failed-title = 실행 취소할 수 없습니다.
conversation-undo-failed-text = 그룹 중 하나가 더 이상 없습니다. 새로 공유하세요.
conversation-not-renamed = 이름을 바꾸지 못했습니다.
conversation-title-empty = 제목을 한 글자 이상 입력하세요.
# $limit: how many
conversation-title-too-long = 제목은 최대 { $limit }자입니다.
conversation-title-control = 제목은 제어 문자가 없는 한 줄이어야 합니다.
conversation-not-sent = 보내지 못했습니다.
conversation-sent-before = 이 양식은 다른 내용으로 이미 보냈습니다. 이 내용을 다시 보내세요.
conversation-prompt-empty = 보낼 내용이 없습니다.
# $limit: how many
conversation-prompt-too-long = 프롬프트는 최대 { $limit }자입니다.
conversation-prompt-nul = 저장할 수 없는 문자(U+0000)가 있습니다. 이 문자를 지운 다음 다시 보내세요.
conversation-start-not-private = 조직에서 비공개 대화를 사용하지 않도록 설정했기 때문에 조직에서 AI를 사용할 수 있는 모든 사람이 이 대화를 볼 수 있게 됩니다. 그래도 괜찮으면 페이지를 새로 고친 다음 다시 시작하세요.
conversation-unknown-model = 이 모델은 더 이상 사용할 수 없습니다. 페이지를 새로 고친 다음 다른 모델을 선택하세요.
conversation-still-writing = 이어갈 답변이 아직 작성 중입니다. 중지하거나 끝날 때까지 기다리세요.
# $limit: how many
conversation-full = 대화에는 최대 { $limit }개의 메시지를 둘 수 있습니다.
# $limit: how often; $seconds: how long to wait
conversation-too-many-prompts = 프롬프트는 1분에 { $limit }번까지 보낼 수 있습니다. { $seconds }초 뒤에 다시 시도하세요.
conversation-shutting-down = 서비스가 다시 시작되고 있습니다. 잠시 뒤에 다시 시도하세요.
conversation-gone-revoked = 이 대화를 더 이상 볼 수 없습니다.
conversation-gone-signed-out = 로그아웃되었습니다.
conversation-gone-deleted = 이 대화는 삭제되었습니다.
conversation-open-again = 다시 열어 보기

# Questions about a conversation.

conversation-privacy-title = 비공개로 전환할까요?
conversation-privacy-text = 다음 그룹이 더 이상 볼 수 없게 됩니다:
conversation-privacy-do = 비공개로 전환
conversation-delete-title = 이 대화를 삭제할까요?
conversation-delete-text = 모든 메시지와 분기가 영구히 삭제됩니다. 포크는 남습니다.
conversation-delete-do = 영구히 삭제
conversation-edit-title = 프롬프트 편집
conversation-edit-label = 이 프롬프트의 새 버전
conversation-edit-hint = 기존 내용은 분기로 남습니다
conversation-edit-send = 분기로 보내기

# The map of a conversation.

conversation-map-title = 지도
conversation-map-back = 대화로 돌아가기
conversation-map-hint = 모든 메시지를 위에서 아래로 보여 줍니다. 선택하면 그 위치로 이동합니다.
# $count: how many
conversation-map-cut = 한 번에 { $count }개의 메시지만 그립니다.
conversation-map-next = 이후 메시지 보기
conversation-map-later = 이후 부분입니다.
conversation-map-first = 처음 부분 보기
conversation-map-list = 목록으로 보기
# $preview: its beginning
conversation-map-answer = 답변: { $preview }
# $name: a person; $preview: its beginning
conversation-map-prompt = { $name }: { $preview }
# $preview: its beginning
conversation-map-prompt-other = 다른 사용자: { $preview }
# $branch, $count: which of how many
conversation-map-branch = 분기 { $branch }/{ $count }
